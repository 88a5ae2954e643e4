// The command `sojourn`.

import { Command } from 'commander'

import { newSecret } from './credentials-file.ts'
import { runServe } from './commands/serve.ts'

const program = new Command('sojourn')
  .description('Sessions for every backend: the server, and the tools around it.')
  .version('0.1.0')
  .showHelpAfterError('(add --help for what there is)')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))

const serve = program
  .command('serve')
  .description('Start the server.')
  .option('--port <port>', 'where to listen (SOJOURN_PORT, 3000)')
  .option('--host <host>', 'on which address (SOJOURN_HOST, 127.0.0.1)')
  .option('--store <url>', 'sqlite:PATH or memory: (SOJOURN_STORE, sqlite:.sojourn/sojourn.db)')
  .option('--issuer <url>', 'the public URL (SOJOURN_ISSUER, http://localhost:PORT)')
  .option('--demo', 'add the demo under /')
  .option('--allow-generated-secrets', 'in production: start although no secrets are given')
  .option('--allow-http', 'in production: start although nothing speaks TLS')
  .option('--allow-memory-store', 'in production: start on a store that forgets')
serve.action(async () => exitWith(await runServe(serve.opts())))

const keys = program.command('keys').description('Secrets and signing keys.')
keys
  .command('generate-secret')
  .description('Print a new secret for SOJOURN_SECRETS.')
  .action(() => console.log(newSecret()))

await program.parseAsync()

function exitWith(status: number): void {
  process.exitCode = status
}
