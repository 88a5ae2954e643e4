// The shape of what the core uses of `node:crypto` and `node:buffer`. Node, Bun, Deno and workerd all have it. The
// portable check compiles against this file alone, so that nothing else of Node can slip into core, http or client.

declare module 'node:crypto' {
  export interface KeyObject {
    readonly asymmetricKeyType?: string
    readonly asymmetricKeyDetails?: {
      readonly modulusLength?: number
      readonly publicExponent?: bigint
      readonly namedCurve?: string
    }
    export(options: { format: 'jwk' }): Record<string, unknown>
  }
  interface SignInput {
    key: KeyObject
    padding: number
    saltLength: number
  }
  interface Cipher {
    setAAD(data: Uint8Array): void
    update(data: Uint8Array): Uint8Array
    final(): Uint8Array
    getAuthTag(): Uint8Array
  }
  interface Decipher {
    setAAD(data: Uint8Array): void
    setAuthTag(tag: Uint8Array): void
    update(data: Uint8Array): Uint8Array
    final(): Uint8Array
  }
  export const constants: { readonly RSA_PKCS1_PSS_PADDING: number }
  export function randomFillSync<T extends Uint8Array>(bytes: T): T
  export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean
  export function hash(algorithm: string, data: string | Uint8Array, encoding: 'binary' | 'base64url'): string
  export function hkdfSync(
    digest: string,
    key: string | Uint8Array,
    salt: string | Uint8Array,
    info: string | Uint8Array,
    length: number,
  ): ArrayBuffer
  export function sign(algorithm: string | null, data: Uint8Array, key: KeyObject | SignInput): Uint8Array
  export function verify(
    algorithm: string | null,
    data: Uint8Array,
    key: KeyObject | SignInput,
    signature: Uint8Array,
  ): boolean
  export function createSecretKey(key: Uint8Array): KeyObject
  export function createPublicKey(input: { key: object; format: 'jwk' }): KeyObject
  export function createPrivateKey(input: { key: object; format: 'jwk' }): KeyObject
  export function generateKeyPairSync(
    type: string,
    options: object,
  ): { publicKey: KeyObject; privateKey: KeyObject }
  export function createCipheriv(
    algorithm: 'aes-256-gcm',
    key: Uint8Array | KeyObject,
    iv: Uint8Array,
  ): Cipher
  export function createDecipheriv(
    algorithm: 'aes-256-gcm',
    key: Uint8Array | KeyObject,
    iv: Uint8Array,
  ): Decipher
}

declare module 'node:zlib' {
  export function deflateSync(data: Uint8Array, options: { level: number }): Uint8Array
  export function inflateSync(data: Uint8Array, options: { maxOutputLength: number }): Uint8Array
}

declare module 'node:buffer' {
  export class Buffer extends Uint8Array {
    static from(text: string, encoding?: 'base64url' | 'base64' | 'hex' | 'utf8' | 'latin1'): Buffer
    static from(bytes: ArrayBuffer | Uint8Array | readonly number[]): Buffer
    static from(buffer: ArrayBufferLike, offset: number, length: number): Buffer
    static alloc(length: number): Buffer
    static allocUnsafe(length: number): Buffer
    static concat(parts: readonly Uint8Array[]): Buffer
    toString(encoding?: 'base64' | 'base64url' | 'utf8' | 'latin1', start?: number, end?: number): string
    base64urlSlice(start?: number, end?: number): string
    write(text: string, offset: number, encoding?: 'latin1' | 'base64url' | 'utf8'): number
    readUInt32BE(offset: number): number
    writeUInt32BE(value: number, offset: number): number
  }
}
