// Two spellings of an ECDSA signature on P-256: the 64 bytes r‖s of a JWS (RFC 7518 §3.4), and the DER sequence of
// RFC 3279 §2.2.3 that the runtime is twice as fast with.

const half = 32

/** r‖s as a DER sequence of two integers. Says nothing about their range: the verification does. */
export function toDer(signature: Uint8Array): Uint8Array {
  const r = integer(signature.subarray(0, half))
  const s = integer(signature.subarray(half))
  const der = new Uint8Array(2 + r.length + s.length)
  der[0] = 0x30
  der[1] = r.length + s.length
  der.set(r, 2)
  der.set(s, 2 + r.length)
  return der
}

function integer(unsigned: Uint8Array): Uint8Array {
  let start = 0
  while (start < half - 1 && unsigned[start] === 0) start++
  // A leading bit would make it negative.
  const pad = unsigned[start]! & 0x80 ? 1 : 0
  const bytes = new Uint8Array(2 + pad + half - start)
  bytes[0] = 0x02
  bytes[1] = pad + half - start
  bytes.set(unsigned.subarray(start), 2 + pad)
  return bytes
}

/** The r‖s of a DER signature that the runtime itself has just made. */
export function fromDer(der: Uint8Array): Uint8Array {
  const signature = new Uint8Array(2 * half)
  const rEnd = 4 + der[3]!
  signature.set(magnitude(der.subarray(4, rEnd)), 0)
  signature.set(magnitude(der.subarray(rEnd + 2)), half)
  return signature
}

function magnitude(integer: Uint8Array): Uint8Array {
  const digits = integer.length > half ? integer.subarray(integer.length - half) : integer
  const bytes = new Uint8Array(half)
  bytes.set(digits, half - digits.length)
  return bytes
}
