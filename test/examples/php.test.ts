import { has } from '../../tools/services.mjs'
import { exampleStory } from './story.ts'

exampleStory('PHP', has('php'), {
  folder: 'php',
  command: 'php',
  args: (port) => ['-S', `127.0.0.1:${port}`, 'app.php'],
})
