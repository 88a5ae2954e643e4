import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { SessionProvider } from 'sojourn/react'

import { client } from './api/client.ts'
import { queries } from './api/queries.ts'
import { App } from './app/app.tsx'
import { FreshProvider } from './app/fresh.tsx'
import './styles/index.css'

const root = document.getElementById('root')
if (root)
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <SessionProvider client={client}>
          <FreshProvider>
            <App />
          </FreshProvider>
        </SessionProvider>
      </QueryClientProvider>
    </StrictMode>,
  )
