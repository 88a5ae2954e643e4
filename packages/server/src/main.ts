// The command `sojourn`. What a command needs is loaded when it runs, so that help and mistakes are answered at once.

import { Command } from 'commander'

import packageJson from '../package.json' with { type: 'json' }
import { rowOf, settingNames, type SettingName } from './settings-table.ts'

type Flags = Readonly<Record<string, unknown>>

const usage = 2
const json = 'print JSON, for programs'

const program = new Command('sojourn')
  .description('Sessions for every backend: the server, and the tools around it.')
  .version(packageJson.version)
  .showHelpAfterError('Add --help to see what there is.')
  .addHelpText('after', '\nTo begin: sojourn serve')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : usage))

const serve = withAllowances(withSettings(program.command('serve')))
  .description('Start the server.')
  .option('--demo', 'add the demo under /')
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

withSettings(program.command('config'))
  .description('Show every setting that is in force, and who said so; secrets stay hidden.')
  .option('--json', json)
  .action(async (flags: Flags) => end((await import('./commands/config.ts')).showConfig(flags)))

const doctor = withAllowances(withSettings(program.command('doctor')))
  .description(
    'Judge the settings of the server or, with --url, a running application, whoever has written it.',
  )
  .option('--url <origin>', 'the application: https://app.example')
  .option('--page <path>', 'a page of it that only the signed-in see (/)')
  .option('--sign-in <request>', "how to sign in: 'POST /sign-in'")
  .option(
    '--credentials <file>',
    'what the sign-in is sent, as JSON, in a file that only you can read; - for stdin',
  )
  .option('--send-as <form|json>', 'how it is sent (form)')
  .option('--csrf-from <path>', 'where a CSRF token is given: JSON, or a page with a hidden field')
  .option('--sign-out <request>', "how to sign out: 'POST /logout'")
  .option('--refresh <request>', "how to refresh: 'POST /session/refresh'")
  .option('--change <request>', 'what must not work from another site (the sign-out)')
  .option('--log <file>', 'its log: what it says of sign-ins, and that it holds nothing that signs in')
  .option('--ca <file>', 'a certificate authority to believe, as PEM')
  .option('--json', json)
  .addHelpText(
    'after',
    `
The exit status is 0 if nothing failed, 1 if anything did, 2 if the doctor was not understood. It starts nothing,
asks no other origin, and prints no credential. It signs in three times: give it a person of its own.`,
  )
  .action(async () => end((await import('./commands/doctor.ts')).runDoctor(doctor.opts())))

const sessions = program.command('sessions').description('Look at sessions, end them, move them.')
onStore(sessions.command('list'))
  .description('List live sessions.')
  .option('--subject <name>', 'those of a subject')
  .option('--tenant <name>', 'those of a tenant')
  .option('--limit <count>', 'at most so many, 50 by default')
  .action(async (flags: Flags) => end((await import('./commands/sessions.ts')).listSessions(flags)))
onStore(sessions.command('show'))
  .description('Show one session with its data, as JSON.')
  .argument('<id>', 'its public name')
  .action(async (id: string, flags: Flags) =>
    end((await import('./commands/sessions.ts')).showSession(id, flags)),
  )
onStore(sessions.command('explain'))
  .description('Tell what happened to a session and why it ended, from the audit trail.')
  .argument('<id>', 'its public name')
  .action(async (id: string, flags: Flags) =>
    end((await import('./commands/explain.ts')).explainSession(id, flags)),
  )
onStore(sessions.command('revoke'))
  .description('End sessions, access tokens included, on every server of the store.')
  .argument('[ids...]', 'their public names')
  .option('--subject <name>', 'all of a subject')
  .option('--except <id>', 'with --subject: all but this one')
  .option('--tenant <name>', 'all of a tenant')
  .option('--yes', 'with --tenant: you mean it')
  .action(async (ids: string[], flags: Flags) =>
    end((await import('./commands/sessions.ts')).revokeSessions(ids, flags)),
  )
onStore(sessions.command('export'))
  .description(
    'Write all live sessions as lines of JSON. They hold no credential, but they are about people. Started again, it goes on.',
  )
  .argument('[file]', 'a new file that only you can read; otherwise standard output')
  .action(async (file: string | undefined, flags: Flags) =>
    end((await import('./commands/export.ts')).exportSessions(file, flags)),
  )
onStore(sessions.command('import'))
  .description(
    'Add the sessions of an export to the store, but those of which it knows that they have ended. Started again, it goes on.',
  )
  .argument('[file]', 'what export has written; otherwise standard input')
  .action(async (file: string | undefined, flags: Flags) =>
    end((await import('./commands/import.ts')).importSessions(file, flags)),
  )
sessions
  .command('copy')
  .description('Copy all live sessions to another store while servers go on; run it again to catch up.')
  .option('--from <url>', 'the store to read; SOJOURN_FROM where it has a password')
  .option('--to <url>', 'the store to write; SOJOURN_TO where it has a password')
  .option('--mirror', 'take away there what is not here: when the servers here have stopped')
  .option('--checkpoint <file>', 'where to keep how far it has come (sojourn-copy-….checkpoint)')
  .option('--json', json)
  .action(async (flags: Flags) => end((await import('./commands/copy.ts')).copyStore(flags)))
onStore(sessions.command('import-express'))
  .description(
    'Take over the sessions of express-session; nobody is signed out. It may be run again at any time.',
  )
  .option(
    '--from <url>',
    'its store: redis://HOST (connect-redis), postgres://HOST/DATABASE (connect-pg-simple) or sqlite:PATH; SOJOURN_FROM where it has a password',
  )
  .requiredOption('--subject <path>', "where a session says whose it is: 'passport.user'")
  .option('--claims <pairs>', "what goes into claims: 'role=user.role,plan=plan'")
  .option('--data <members>', "what goes into data: 'basket,locale'; all but the cookie by default")
  .option('--prefix <text>', 'of the keys in Redis (sess:)')
  .option('--table <name>', 'in PostgreSQL (session) or SQLite (sessions)')
  .option(
    '--end-absent',
    'end what was imported from there before and is gone there: when the old application has stopped',
  )
  .option('--dry-run', 'only count')
  .action(async (_: unknown, command: Command) =>
    end((await import('./commands/import-express.ts')).importExpress(command.opts())),
  )

const subjects = program.command('subjects').description('All that is kept about one person.')
onStore(subjects.command('export'))
  .description(
    'Write all that is kept about a subject as one JSON document: sessions, what leads to them, and the audit trail.',
  )
  .argument('<subject>', 'your name for the person')
  .argument('[file]', 'a new file that only you can read; otherwise standard output')
  .action(async (subject: string, file: string | undefined, flags: Flags) =>
    end((await import('./commands/subjects.ts')).exportOne(subject, file, flags)),
  )
onStore(subjects.command('erase'))
  .description(
    'Sign a subject out everywhere and forget all that is kept about them, also in the audit trail. It may be run again.',
  )
  .argument('<subject>', 'your name for the person')
  .option('--yes', 'you mean it')
  .action(async (subject: string, flags: Flags) =>
    end((await import('./commands/subjects.ts')).eraseOne(subject, flags)),
  )

onStore(program.command('sweep'))
  .description('Remove what has expired.')
  .option('--dry-run', 'only count it')
  .action(async (flags: Flags) => end((await import('./commands/sweep.ts')).sweepStore(flags)))

const keys = program.command('keys').description('Secrets and signing keys.')
onStore(keys.command('list'))
  .description('List the signing keys: what is public of them.')
  .action(async (flags: Flags) => end((await import('./commands/keys.ts')).listKeys(flags)))
onStore(keys.command('rotate'))
  .description('Publish the next signing key now.')
  .option('--at-once', 'a key was stolen: replace all keys, and refuse every access token that they signed')
  .option('--yes', 'with --at-once: you mean it')
  .action(async (flags: Flags) => end((await import('./commands/keys.ts')).rotateKeys(flags)))
onStore(keys.command('claim'))
  .description('Say that the secrets belong to this environment, after it was renamed.')
  .option('--yes', 'another environment has them in this store: you mean it')
  .action(async (flags: Flags) => end((await import('./commands/keys.ts')).claimSecrets(flags)))
keys
  .command('generate-secret')
  .description('Print a new secret for SOJOURN_SECRETS.')
  .action(async () => console.log((await import('./credentials-file.ts')).newSecret()))
keys
  .command('generate-api-key')
  .description('Print a new key for SOJOURN_API_KEY.')
  .action(async () => console.log((await import('./credentials-file.ts')).newApiKey()))

const dataKeys = program.command('data-keys').description('The keys under which data is encrypted.')
onStore(dataKeys.command('renew'))
  .description(
    'Bring all keys under the newest of SOJOURN_DATA_SECRETS, and encrypt what is plain. Started again, it goes on. The exit status is 1 where something could not be read.',
  )
  .action(async (flags: Flags) => end((await import('./commands/data-keys.ts')).renewKeys(flags)))
onStore(dataKeys.command('rotate'))
  .description('Give a subject a new key for whatever is written from now on.')
  .argument('<subject>', 'your name for the person')
  .action(async (subject: string, flags: Flags) =>
    end((await import('./commands/data-keys.ts')).rotateKey(subject, flags)),
  )
onStore(dataKeys.command('drop'))
  .description('Make the data of a subject unreadable for ever, and sign them out everywhere.')
  .argument('<subject>', 'your name for the person')
  .option('--yes', 'you mean it: this cannot be undone')
  .action(async (subject: string, flags: Flags) =>
    end((await import('./commands/data-keys.ts')).dropKey(subject, flags)),
  )

const apikeys = program.command('apikeys').description('Keys for the routes under /v1, kept in the store.')
onStore(apikeys.command('create'))
  .description('Make an API key, and print it: now and never again.')
  .requiredOption('--role <role>', 'manage may do everything, read may look')
  .option('--name <text>', 'what it is for')
  .option('--expires <duration>', 'when it ends by itself, such as 90d')
  .action(async (flags: Flags) => end((await import('./commands/apikeys.ts')).createApiKey(flags)))
onStore(apikeys.command('list'))
  .description('List the API keys: what is public of them.')
  .action(async (flags: Flags) => end((await import('./commands/apikeys.ts')).listApiKeys(flags)))
onStore(apikeys.command('revoke'))
  .description('Take an API key back, on every server of the store at once.')
  .argument('<id>', 'its public name, from list')
  .action(async (id: string, flags: Flags) =>
    end((await import('./commands/apikeys.ts')).revokeApiKey(id, flags)),
  )

const audit = program.command('audit').description('The trail of everything that has happened.')
onStore(audit.command('tail'))
  .description('Print the last events of the trail.')
  .option('--follow', 'go on with what comes, until Ctrl-C')
  .option('--limit <count>', 'at most so many, 20 by default')
  .option('--subject <name>', 'those of a subject')
  .option('--session <id>', 'those of a session')
  .option('--type <type>', 'those of a type, or of all that begin with it: session')
  .action(async (flags: Flags) => end((await import('./commands/audit.ts')).tailAudit(flags)))
onStore(audit.command('verify'))
  .description('Look for what was done to the trail. The exit status is 1 if anything was.')
  .option('--since <number:mac>', 'the end that an earlier verification has printed: it must still be there')
  .action(async (flags: Flags) => end((await import('./commands/audit.ts')).verifyAudit(flags)))

onStore(program.command('migrate'))
  .description('Bring the schema of the store up to date. The server does so at its start, too.')
  .action(async (flags: Flags) => end((await import('./commands/migrate.ts')).migrate(flags)))

await program.parseAsync()

async function end(status: Promise<number>): Promise<void> {
  process.exitCode = await status
}

/** A command with a flag for every setting that has one. */
function withSettings(command: Command, names: readonly SettingName[] = settingNames): Command {
  for (const { flag, meaning, variable, fallback } of names.map(rowOf))
    if (flag !== undefined) command.option(flag, `${meaning} (${variable}, ${fallback})`)
  return command
}

/** A command that knows what an operator may say is meant. */
function withAllowances(command: Command): Command {
  return command
    .option('--allow-generated-secrets', 'in production: start although no secrets are given')
    .option('--allow-http', 'in production: start although nothing speaks TLS')
    .option('--allow-memory-store', 'in production: start on a store that forgets')
}

/** A command that works on the store of the server, which it finds by the same settings. */
function onStore(command: Command): Command {
  return withSettings(command, ['store', 'issuer', 'environment', 'home'])
    .option('--json', json)
    .addHelpText(
      'after',
      '\nThe settings are those of the server: flags, SOJOURN_* variables, sojourn.config.{ts,js,json}.',
    )
}
