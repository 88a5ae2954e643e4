import { has } from '../../tools/services.mjs'
import { exampleStory } from './story.ts'

exampleStory('Go', has('go'), {
  folder: 'go',
  command: 'sh',
  args: () => ['-c', 'go build -o "$HOME/notes" . && exec "$HOME/notes"'],
})
