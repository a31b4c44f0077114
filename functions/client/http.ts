import createClient, { type Client } from 'openapi-fetch'
import type { components, paths } from './api.types.ts'
import { asPlatformError, refusal } from './errors.ts'

/** The requests and answers of the API by name: `Schemas['Upload']`. */
export type Schemas = components['schemas']

/** Calls any operation: `api.GET('/files', { params: { query: { limit: 20 } } })`. */
export type Api = Client<paths>

export interface Settings {
  /** The address of the API. */
  baseUrl: string
  /** Called for every request, so that a token may be renewed; null if nobody is signed in. */
  token: () => string | null | Promise<string | null>
  /** The account to act for, if the person is a member of several; asked for every request. */
  account?: (() => string | null | undefined) | undefined
  /** Another `fetch`, for tests. */
  fetch?: typeof globalThis.fetch | undefined
}

/** What the helpers work with. */
export interface Connection {
  api: Api
  settings: Settings
}

/** Operations that need no token. */
const PUBLIC = '/shares/'
const NOT_SIGNED_IN = { code: 'not-signed-in', detail: 'Sign in first.' }

export function connect(settings: Settings): Connection {
  const { baseUrl, fetch } = settings
  const api = createClient<paths>({ baseUrl, ...(fetch && { fetch: (request: Request) => fetch(request) }) })
  api.use({
    async onRequest({ request, schemaPath }) {
      const [token, account] = [await settings.token(), settings.account?.()]
      if (token) request.headers.set('Authorization', `Bearer ${token}`)
      else if (!schemaPath.startsWith(PUBLIC)) return Response.json(NOT_SIGNED_IN, { status: 401 })
      if (account) request.headers.set('X-DDP-Account', account)
      return request
    },
  })
  return { api, settings }
}

type Outcome<Data> = { data?: Data; error?: unknown; response: Response }

/** The result of a call, without the case that it failed: that is thrown as PlatformError. */
export async function answer<Data>(call: Promise<Outcome<Data>>): Promise<Data> {
  const outcome = await call.catch((error: unknown) => {
    throw asPlatformError(error)
  })
  if (!outcome.response.ok) throw refusal(outcome.error, outcome.response)
  return outcome.data as Data
}
