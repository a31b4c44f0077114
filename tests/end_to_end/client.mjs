// Runs one helper of the TypeScript client: node client.mjs FOLDER TASK. FOLDER has the compiled client, TASK is JSON;
// what comes out is printed as JSON, errors too.
import { openAsBlob, readFileSync, writeFileSync } from 'node:fs'

const [folder, json] = process.argv.slice(2)
const task = JSON.parse(json)
const { createPlatform, PlatformError } = await import(`${folder}/dist/index.js`)
const calls = []

/** A memory in a file, which the next process finds. */
function memoryIn(file) {
  const items = () => {
    try {
      return JSON.parse(readFileSync(file, 'utf8'))
    } catch {
      return {}
    }
  }
  const write = (change) => writeFileSync(file, JSON.stringify({ ...items(), ...change }))
  return {
    getItem: async (name) => items()[name] ?? null,
    setItem: async (name, value) => write({ [name]: value }),
    removeItem: async (name) => task.neverForgets || write({ [name]: undefined }),
  }
}

/** Half of the bytes, and then the connection breaks. */
function half(blob) {
  const bytes = blob.slice(0, blob.size / 2).stream()
  const breaks = new TransformStream({ flush: (controller) => controller.error(new TypeError('cut')) })
  return bytes.pipeThrough(breaks)
}

/** Each PUT whose number is in `task.breaks` breaks off; after the one with the number `task.dies` the process ends. */
async function unsteadyFetch(input, init) {
  if (init?.method !== 'PUT') {
    calls.push(new URL(input.url).pathname.split('/').slice(-1)[0])
    return fetch(input)
  }
  const number = calls.filter((call) => call === 'PUT').length + 1
  calls.push('PUT')
  if (task.breaks?.includes(number) || task.dies === number) {
    const headers = { ...init.headers, 'Content-Length': String(init.body.size) }
    const sent = fetch(input, { ...init, headers, body: half(init.body), duplex: 'half' })
    if (task.dies === number) await sent.catch(() => print({ died: true }))
    return sent
  }
  return fetch(input, init)
}

function print(outcome) {
  process.stdout.write(JSON.stringify({ ...outcome, calls }), () => process.exit(0))
  return new Promise(() => {})
}

const platform = createPlatform({ baseUrl: task.api, token: () => task.token, fetch: unsteadyFetch })
const seen = []
const helpers = {
  me: () => platform.me(task.name),
  watch: () =>
    platform.watchSend(task.id, { channel: task.channel, every: 0.2, onProgress: ({ status }) => seen.push(status) }),
  stopWatching: () => platform.watchSend(task.id, { signal: AbortSignal.abort(new Error('enough')) }),
  upload: async () =>
    platform.upload(await openAsBlob(task.file), {
      fileName: task.name,
      contentType: task.type,
      memory: memoryIn(task.memory),
      onProgress: ({ phase, bytes }) => seen.push([phase, bytes]),
    }),
}
try {
  await print({ result: await helpers[task.helper](), seen })
} catch (error) {
  const { code, status, requestId, message, problem } = error
  await print({ error: { code, status, requestId, message, problem, isTyped: error instanceof PlatformError }, seen })
}
