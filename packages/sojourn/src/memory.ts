// What `import … from 'sojourn/memory'` gives: sessions in the memory of one process.

export { memoryStore, type MemoryStore, type MemoryStoreOptions } from './store/memory.ts'
