// Asks @cloud-copilot/iam-simulate for its decisions about the cases of `cargo xtask differential`:
//
//     node crates/xtask/src/differential/peer.mjs PACKAGE CASES RESULTS
//
// PACKAGE is the directory of the package, as `npm install @cloud-copilot/iam-simulate` makes it
// somewhere outside of this repository: node_modules/@cloud-copilot/iam-simulate. One decision is
// written for each line of CASES. The package is a tool here, run as it is.

import { createReadStream, createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const [directory, casesPath, resultsPath] = process.argv.slice(2)
const root = resolve(directory)
const load = (path) => import(pathToFileURL(path).href)
const inner = (path) => load(join(root, 'dist/esm', path))

// The entry points of the package validate requests against its own lists or leave policies out, so
// the engine behind them is asked.
const { authorize } = await inner('core_engine/CoreSimulatorEngine.js')
const { AwsRequestImpl } = await inner('request/request.js')
const { RequestContextImpl } = await inner('requestContext.js')
const { DiscoveryContextKeyConstraints } = await inner('context_keys/discoveryContextKeyConstraints.js')
const { anonymousPrincipal } = await inner('simulation_engine/simulation.js')
const dependency = createRequire(join(root, 'package.json')).resolve('@cloud-copilot/iam-policy')
const { loadPolicy } = await load(dependency.replace('/cjs/', '/esm/'))

const names = {
  Allowed: 'allowed',
  ImplicitlyDenied: 'implicitly-denied',
  ExplicitlyDenied: 'explicitly-denied',
}

// RCPFullAWSAccess, which is attached to every level.
const fullAccess = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }],
}

const policies = (documents, name) =>
  (documents ?? []).map((document, place) => loadPolicy(document, { name: `${name}[${place}]` }))

const levels = (list, name, always) =>
  (list ?? []).map((level, place) => ({
    orgIdentifier: `level ${place}`,
    policies: policies([...always, ...level], `${name}[${place}]`),
  }))

function decide({ input, context }) {
  const { action, resource, resourceAccount, principal } = input.request
  const caller = principal === 'anonymous' ? anonymousPrincipal : principal.replace(/^(service|federated):/, '')
  const some = (list) => (list.length > 0 ? list : undefined)
  const analysis = authorize({
    request: new AwsRequestImpl(
      caller,
      { resource, accountId: resourceAccount },
      action,
      new RequestContextImpl(context),
    ),
    identityPolicies: policies(input.identityPolicies, 'identityPolicies'),
    permissionBoundaries: some(policies(input.permissionsBoundaries, 'permissionsBoundaries')),
    sessionPolicy: policies(input.sessionPolicies, 'sessionPolicies')[0],
    resourcePolicy: policies(input.resourcePolicy ? [input.resourcePolicy] : [], 'resourcePolicy')[0],
    serviceControlPolicies: levels(input.serviceControlPolicies, 'serviceControlPolicies', []),
    resourceControlPolicies: levels(input.resourceControlPolicies, 'resourceControlPolicies', [fullAccess]),
    vpcEndpointPolicies: some(policies(input.endpointPolicies, 'endpointPolicies')),
    simulationParameters: {
      simulationMode: 'Strict',
      discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([]),
    },
    serviceSettings: {},
  })
  return names[analysis.result] ?? `unknown result ${analysis.result}`
}

const out = createWriteStream(resultsPath)
for await (const line of createInterface({ input: createReadStream(casesPath) })) {
  let decision
  try {
    decision = decide(JSON.parse(line))
  } catch (error) {
    decision = `error: ${error.message.split('\n')[0]}`
  }
  if (!out.write(`${decision}\n`)) await once(out, 'drain')
}
out.end()
await once(out, 'finish')
