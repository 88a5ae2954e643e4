// What the code in the documentation may take for granted, so that a fence can show one thing. A fence that declares
// one of these names itself uses its own.

declare const app: import('express').Express
declare const request: Request
declare const sessionId: string
declare const userId: string

/** The application's own users and their passwords. */
declare function checkPassword(
  credentials: unknown,
): Promise<{ readonly id: string; readonly name: string; readonly role: string }>

declare const removeAccount: import('express').RequestHandler
