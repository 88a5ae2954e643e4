// What `import … from 'sojourn/maintenance'` gives: what has to be done beside requests, by one of all the nodes.

export {
  eraseSubject,
  exportSubject,
  type ErasedBy,
  type ErasedSubject,
  type Kept,
} from './maintenance/subject.ts'
export {
  startDataKeyRenewer,
  type DataKeyRenewer,
  type DataKeyRenewerOptions,
} from './maintenance/data-key-renewer.ts'
export { startSweeper, type Sweeper, type SweeperOptions } from './maintenance/sweeper.ts'
