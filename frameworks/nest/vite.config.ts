import { defineConfig } from 'vite'

export default defineConfig({
  build: { ssr: 'src/main.ts', outDir: 'dist', target: 'node22' },
  // Nest wants the decorators of TypeScript before 5, with the types of parameters.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
})
