// For `import 'sojourn/react/devices.css'`: it has no values.
export {}
