import { has } from '../../tools/services.mjs'
import { exampleStory } from './story.ts'

exampleStory('Java', has('javac'), {
  folder: 'java',
  command: 'sh',
  args: () => [
    '-c',
    'javac -encoding UTF-8 -Xlint:all -Werror -d "$HOME/classes" *.java && exec java -cp "$HOME/classes" App',
  ],
})
