// What `import … from 'sojourn/logout'` gives: signing out across applications. What an identity provider ends, ends here;
// and what ends here, others are told of.

export { logoutReceiver, type LogoutReceiverOptions } from './logout/logout-receiver.ts'
export { eventReceiver, type EventReceiverOptions } from './logout/event-receiver.ts'
export { logoutSender, type LogoutSenderOptions, type RelyingParty } from './logout/logout-sender.ts'
export { eventSender, type EventReceiverAddress, type EventSenderOptions } from './logout/event-sender.ts'
export type { Receiver } from './logout/receiver.ts'
export type { DeliveryFailure, Sender, SenderOptions } from './logout/sender.ts'
export type { ReceiverOptions, TrustedIssuer } from './logout/trusted-issuers.ts'
