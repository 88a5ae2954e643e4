// What of a person's traces an audit trail keeps. Addresses and names of browsers are personal data; to tell that two
// sign-ins came from the same place needs neither of them whole.

import { Buffer } from 'node:buffer'

import { encode } from '../core/base64url.ts'
import type { Mac } from '../core/crypto.ts'
import type { Device } from '../core/session.ts'
import type { AuditEvent } from './record.ts'

/**
 * What is kept of an address: `whole`; `truncated` to its network (IPv4 /24, IPv6 /48); `hashed` with a key, so that
 * equal ones can be told and none can be read; or `none`.
 */
export type AddressPrivacy = 'whole' | 'truncated' | 'hashed' | 'none'

const longestText = 256

/** The event with its devices as the trail may keep it. */
export function discreet(event: AuditEvent, addresses: AddressPrivacy, mac: Mac): AuditEvent {
  if (!('device' in event) || event.device === undefined) return event
  const device = deviceFor(event.device, addresses, mac)
  if (event.type !== 'risk.noted' || event.former === undefined) return { ...event, device }
  return { ...event, device, former: deviceFor(event.former, addresses, mac) }
}

function deviceFor({ ip, ...device }: Device, addresses: AddressPrivacy, mac: Mac): Device {
  const kept = ip === undefined ? undefined : addressFor(ip, addresses, mac)
  const short = Object.entries<string>(device).map(([name, text]) => [name, text.slice(0, longestText)])
  return { ...(Object.fromEntries(short) as Device), ...(kept === undefined ? {} : { ip: kept }) }
}

function addressFor(ip: string, addresses: AddressPrivacy, mac: Mac): string | undefined {
  switch (addresses) {
    case 'whole':
      return ip
    case 'truncated':
      return networkOf(ip)
    case 'hashed':
      return encode(mac(Buffer.from(`address\n${ip}`, 'utf8')).subarray(0, 12))
    case 'none':
      return undefined
  }
}

function networkOf(ip: string): string {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(ip)) return `${ip.slice(0, ip.lastIndexOf('.'))}.0/24`
  const [head = '', tail] = ip.split('::')
  const first = head.split(':').filter((part) => part !== '')
  const last = tail === undefined ? [] : tail.split(':').filter((part) => part !== '')
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0')
  return `${[...first, ...zeros, ...last].slice(0, 3).join(':')}::/48`
}
