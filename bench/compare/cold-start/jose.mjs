const began = performance.now()
const { SignJWT, jwtVerify } = await import('jose')
const key = new Uint8Array(32).fill(7)
const token = await new SignJWT({ sub: 'somebody' }).setProtectedHeader({ alg: 'HS256' }).sign(key)
const { payload } = await jwtVerify(token, key)
const took = performance.now() - began
if (payload.sub !== 'somebody') throw new Error('Nobody is there')
console.log(took)
process.exit()
