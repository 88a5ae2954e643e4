// The page is built into the server, which serves and ships it: packages/server/dashboard.

import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  base: '/dashboard/',
  plugins: [react()],
  build: {
    // npm run dashboard builds beside it, and then puts it in its place whole.
    outDir: '../server/dashboard',
    emptyOutDir: true,
    target: 'es2022',
    // Everything is a file of its own: the policy of the page takes no data: URL and no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
})
