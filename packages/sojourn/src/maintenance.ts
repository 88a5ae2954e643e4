// What `import … from 'sojourn/maintenance'` gives: what has to be done beside requests, by one of all the nodes.

export { startSweeper, type Sweeper, type SweeperOptions } from './maintenance/sweeper.ts'
