export { trpcContext, signedIn, sojournErrors, SojournTrpcError, type TrpcContext } from './adapter/trpc.ts'
export type { Needs } from './http/guard.ts'
