export interface Service {
  readonly name: string
  /** The Debian package that brings it. */
  readonly debian: string
  found(): string | undefined
}

/** Where programs of PostgreSQL may be, besides PATH. */
export const postgresFolders: readonly string[]
export const services: readonly Service[]
/** Whether a service is here; throws for a name that is not in the table. */
export function has(name: string): boolean
export function missing(): readonly Service[]
/** The path of a program, looked for in PATH, in the places where Debian keeps servers, and in those given. */
export function program(name: string, ...more: string[]): string | undefined
/** The command, if it succeeds: for a library that another interpreter has to find. */
export function answers(command: string, ...args: string[]): string | undefined
