// The command `sojourn`. What a command needs is loaded when it runs, so that help and mistakes are answered at once.

import { Command } from 'commander'

import packageJson from '../package.json' with { type: 'json' }
import { rowOf, settingNames } from './settings-table.ts'

const usage = 2

const program = new Command('sojourn')
  .description('Sessions for every backend: the server, and the tools around it.')
  .version(packageJson.version)
  .showHelpAfterError('Add --help to see what there is.')
  .addHelpText('after', '\nTo begin: sojourn serve')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : usage))

const serve = program.command('serve').description('Start the server.')
for (const { flag, meaning, variable, fallback } of settingNames.map(rowOf)) {
  if (flag !== undefined) serve.option(flag, `${meaning} (${variable}, ${fallback})`)
}
serve
  .option('--demo', 'add the demo under /')
  .option('--allow-generated-secrets', 'in production: start although no secrets are given')
  .option('--allow-http', 'in production: start although nothing speaks TLS')
  .option('--allow-memory-store', 'in production: start on a store that forgets')
  .addHelpText(
    'after',
    `
Flags win over SOJOURN_* variables, and those over sojourn.config.{ts,js,json}. Secrets are never flags: they
are given by SOJOURN_SECRETS and SOJOURN_API_KEY, or made on first start and kept in a file. All settings, also
those without a flag: docs/settings.md.`,
  )
  .action(async () => {
    const { runServe } = await import('./commands/serve.ts')
    process.exitCode = await runServe(serve.opts())
  })

const keys = program.command('keys').description('Secrets and signing keys.')
keys
  .command('generate-secret')
  .description('Print a new secret for SOJOURN_SECRETS.')
  .action(async () => console.log((await import('./credentials-file.ts')).newSecret()))
keys
  .command('generate-api-key')
  .description('Print a new key for SOJOURN_API_KEY.')
  .action(async () => console.log((await import('./credentials-file.ts')).newApiKey()))

await program.parseAsync()
