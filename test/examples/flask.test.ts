import { has } from '../../tools/services.mjs'
import { exampleStory } from './story.ts'

// Debian's interpreter, which has Debian's Flask.
const isHere = has('python3-flask') && has('python3-jwt') && has('python3-cryptography')
exampleStory('Flask', isHere, {
  folder: 'flask',
  command: '/usr/bin/python3',
  args: () => ['app.py'],
})
