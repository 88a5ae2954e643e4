// How the types of an application's claims and data reach `req.sojourn`, in frameworks whose request type is global:
//
//   declare module 'sojourn' { interface Register { sojourn: typeof sojourn } }

import type { Facts } from './schema.ts'
import type { Sojourn } from './sojourn.ts'

/** Augment it with your own Sojourn, and its types are known everywhere. */
export interface Register {}

export type RegisteredClaims = Register extends { sojourn: Sojourn<infer Claims, infer _> } ? Claims : Facts
export type RegisteredData = Register extends { sojourn: Sojourn<infer _, infer Data> } ? Data : Facts
