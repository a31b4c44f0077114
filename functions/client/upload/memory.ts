/**
 * Where `upload` remembers uploads that are under way, so that one that broke off goes on in another tab, after a
 * reload, or in another process. `localStorage` is one; what is stored is a random key per file, and no secret.
 */
export interface UploadMemory {
  getItem(name: string): string | null | Promise<string | null>
  setItem(name: string, value: string): void | Promise<void>
  removeItem(name: string): void | Promise<void>
}

/** Remembers until the page or the process ends. */
export function memoryOfProcess(): UploadMemory {
  const items = new Map<string, string>()
  return {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, value),
    removeItem: (name) => void items.delete(name),
  }
}

/** `localStorage` where there is one, which a browser may refuse; else the process. */
export function usualMemory(): UploadMemory {
  try {
    if (typeof window !== 'undefined') return window.localStorage
  } catch {
    // The person has blocked storage.
  }
  return ofThisProcess
}

const ofThisProcess = memoryOfProcess()
