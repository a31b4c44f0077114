import { PlatformError } from './errors.ts'

/** Pauses in seconds between the attempts of a request that meets a broken connection or a busy server. */
const PAUSES = [0.5, 1, 2, 4, 8]
const PASSING = new Set([0, 429, 500, 502, 503, 504])

/** Wait; throws the signal's reason as soon as it is aborted. */
export function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, seconds * 1000)
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted) stop()
  })
}

/** Do what is harmless when repeated, again after errors that pass; throws the last error, or the signal's reason. */
export async function persistently<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
  for (const seconds of PAUSES) {
    try {
      return await work()
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof PlatformError && PASSING.has(error.status))) throw error
      await pause(seconds, signal)
    }
  }
  return work()
}
