import type { Schemas } from './http.ts'

/** What the platform says is wrong: one class for its problems, its gateway's answers, S3's refusals and lost connections. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError'
  /** Stable, for programs: `token-expired`, `duplicate-content`, `invalid-request`, … */
  readonly code: string
  /** The HTTP status; 0 if there was no answer. */
  readonly status: number
  /** Name it when you ask for help; null if the request did not reach the platform. */
  readonly requestId: string | null
  /** With the code `invalid-request`: the wrong fields. */
  readonly fields: readonly Schemas['FieldProblem'][]
  /** Everything that was answered, such as the id of a conflicting file. */
  readonly problem: Readonly<Record<string, unknown>>

  /** `sentence` is for people, and becomes the message. */
  constructor(sentence: string, given: { code: string; status: number; requestId?: string | null; problem?: object }) {
    super(sentence)
    this.code = given.code
    this.status = given.status
    this.requestId = given.requestId ?? null
    this.problem = { ...given.problem }
    this.fields = Array.isArray(this.problem['errors']) ? this.problem['errors'] : []
  }
}

/** The error in an answer of the API: a problem document, or what the gateway said instead. */
export function refusal(body: unknown, response: Response): PlatformError {
  const problem: Record<string, unknown> = typeof body === 'object' && body !== null ? { ...body } : {}
  const { code, detail, message, request_id: id } = problem
  return new PlatformError(text(detail) ?? text(message) ?? `The platform answered ${response.status}.`, {
    code: text(code) ?? `gateway-${response.status}`,
    status: response.status,
    requestId: text(id) ?? response.headers.get('Apigw-Requestid'),
    problem,
  })
}

/** What `fetch` throws when there is no answer, or half of one; everything else as it is. */
export function asPlatformError(error: unknown): unknown {
  if (!(error instanceof TypeError)) return error
  const lost = new PlatformError('The connection was lost. Try again.', { code: 'connection-lost', status: 0 })
  lost.cause = error
  return lost
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
