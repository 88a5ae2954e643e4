const began = performance.now()
const { createSojourn } = await import('../../../packages/sojourn/dist/index.js')
const { memoryStore } = await import('../../../packages/sojourn/dist/memory.js')
const sojourn = createSojourn({
  issuer: 'https://app.example',
  environment: 'bench',
  secrets: ['q8ZsX2vJm4Lr0TgYb7NcW1kEoUf9dHp3aRiVtQyKzCe'],
  store: memoryStore(),
})
const { accessToken } = await sojourn.create({ subject: 'somebody' })
const { subject } = await sojourn.verify(accessToken)
const took = performance.now() - began
if (subject !== 'somebody') throw new Error('Nobody is there')
console.log(took)
process.exit()
