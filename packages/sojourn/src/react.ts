// What `import … from 'sojourn/react'` gives. The client itself comes from `sojourn/client`.

export {
  SessionProvider,
  useClient,
  useIdleWarning,
  useSession,
  useSignOut,
  type EndWarning,
  type SignOut,
} from './client/react.ts'
export { useDevices, type Devices, type ListedDevice } from './client/react-devices.ts'
export { YourDevices, type YourDevicesProps } from './client/react-your-devices.ts'
export { devicesTexts, type DevicesTexts } from './client/devices-texts.ts'
export type { DeviceOutcome, SessionDevice } from './client/devices.ts'
export { deviceLabel } from './core/user-agent.ts'
