// The memory store: several nodes in one process, for it lives there. It cannot outlive the process, so that is paused
// and never killed.

import type { Service } from './service.ts'

export function memoryService(isWrong: boolean): Service {
  return {
    isInProcess: true,
    addressFor: () => ({ kind: 'memory', isWrong }),
    faults: ({ freeze }) => [freeze],
    isWhole: async () => {},
    close: async () => {},
  }
}
