const began = performance.now()
const { default: supertokens } = await import('supertokens-node')
const { default: Session } = await import('supertokens-node/recipe/session/index.js')
supertokens.init({
  framework: 'custom',
  supertokens: { connectionURI: 'http://127.0.0.1:9' },
  appInfo: { appName: 'app', apiDomain: 'https://app.example', websiteDomain: 'https://app.example' },
  recipeList: [Session.init()],
  telemetry: false,
})
const took = performance.now() - began
console.log(took)
process.exit()
