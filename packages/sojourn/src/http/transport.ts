// How a request reached us: over HTTPS or not, for which host, from which address. What a proxy says about it is
// believed only if the proxy is on the list; anybody else may write the same headers.

import { parseAddress } from '../core/ip-address.ts'
import { isLoopbackHost } from '../core/options.ts'
import { SojournError } from '../core/errors.ts'
import { isLoopback, isWithin, type AddressRange } from './addresses.ts'
import type { RequestView } from './view.ts'

export interface Transport {
  readonly isSecure: boolean
  /** Host and port as the client named them. */
  readonly host: string
  /** The address of the client, as far as trusted proxies tell. */
  readonly ip: string | undefined
}

export interface TransportRules {
  readonly trustedProxies: readonly AddressRange[]
  /** Hosts that are served; all if absent. */
  readonly hosts: ReadonlySet<string> | undefined
  readonly isProduction: boolean
}

/** Whether the other end of the connection is a proxy that is believed. */
export function isFromProxy(view: RequestView, { trustedProxies }: TransportRules): boolean {
  return isWithin(view.peer, trustedProxies)
}

/** The facts about the transport; throws `https_required`, `host_unknown` or `request_malformed`. */
export function transportOf(view: RequestView, rules: TransportRules): Transport {
  const transport = isFromProxy(view, rules) ? forwarded(view, rules) : direct(view)
  if (!transport.isSecure && !isDevelopment(view, transport, rules)) throw new SojournError('https_required')
  if (rules.hosts && !rules.hosts.has(transport.host.toLowerCase())) throw new SojournError('host_unknown')
  return transport
}

function direct(view: RequestView): Transport {
  return { isSecure: view.isEncrypted, host: view.header('host') ?? '', ip: view.peer }
}

/** The address of the client, as far as trusted proxies tell; whether it came over HTTPS does not matter. */
export function clientAddress(
  view: RequestView,
  { trustedProxies }: Pick<TransportRules, 'trustedProxies'>,
): string | undefined {
  return isWithin(view.peer, trustedProxies) ? forwardedAddress(view, trustedProxies) : view.peer
}

// Each proxy appends: the rightmost entry is what the one next to us saw, and the client is the first address from the
// right that is not a trusted proxy itself.
function forwarded(view: RequestView, { trustedProxies }: TransportRules): Transport {
  const protocol = listOf(view, 'x-forwarded-proto').at(-1)
  const host = listOf(view, 'x-forwarded-host').at(-1) ?? view.header('host') ?? ''
  return {
    isSecure: protocol === undefined ? view.isEncrypted : protocol.toLowerCase() === 'https',
    host,
    ip: forwardedAddress(view, trustedProxies),
  }
}

function forwardedAddress(view: RequestView, trustedProxies: readonly AddressRange[]): string | undefined {
  const addresses = [...listOf(view, 'x-forwarded-for'), ...(view.peer === undefined ? [] : [view.peer])]
  const client = addresses.findLast((address) => !isWithin(address, trustedProxies)) ?? addresses[0]
  // What is no address is nobody's: better none than a text of the client's own choice.
  return client !== undefined && parseAddress(client) !== undefined ? client : undefined
}

const longestList = 2048

function listOf(view: RequestView, name: string): readonly string[] {
  const text = view.all(name).join(',')
  if (text.length > longestList) throw new SojournError('headers_too_large')
  return text === '' ? [] : text.split(',').map((item) => item.trim())
}

// Plain HTTP that cannot have left this machine. Behind a proxy that is not listed the host is not a loopback name.
function isDevelopment(view: RequestView, { host }: Transport, { isProduction }: TransportRules): boolean {
  return !isProduction && staysHere(host, view.peer)
}

// A developer's browser asks for the same host from the same address, over and over.
let asked:
  | { readonly host: string; readonly peer: string | undefined; readonly staysHere: boolean }
  | undefined

function staysHere(host: string, peer: string | undefined): boolean {
  if (asked?.host !== host || asked.peer !== peer) {
    const name = host.replace(/:\d+$/, '').toLowerCase()
    asked = { host, peer, staysHere: isLoopbackHost(name) && (peer === undefined || isLoopback(peer)) }
  }
  return asked.staysHere
}
