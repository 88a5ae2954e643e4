import adapter from '@sveltejs/adapter-node'
import { sveltekit } from '@sveltejs/kit/vite'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [
    sveltekit({
      adapter: adapter({ out: 'dist', precompress: false }),
      // Sojourn judges where a request comes from, also the forms that SvelteKit would refuse without an Origin.
      csrf: { trustedOrigins: ['*'] },
    }),
  ],
})
