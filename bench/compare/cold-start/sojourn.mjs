// `sojourn.mjs folder`: with the library as it is published, in that folder.
const [, , folder] = process.argv
const began = performance.now()
const { createSojourn } = await import(`${folder}/index.js`)
const { memoryStore } = await import(`${folder}/memory.js`)
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
