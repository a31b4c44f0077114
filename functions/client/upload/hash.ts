import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

// Short enough that a page stays responsive: a portion is hashed in about 10 ms.
const PORTION = 1 << 20

/** SHA-256 in hexadecimal, computed while the file is read: a file of any size takes a few MiB of memory. */
export async function hashOf(
  file: Blob,
  { onProgress, signal }: { onProgress?: (bytes: number) => void; signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const hash = sha256.create()
  for (let start = 0; start < file.size; start += PORTION) {
    signal?.throwIfAborted()
    const portion = file.slice(start, start + PORTION)
    hash.update(new Uint8Array(await portion.arrayBuffer()))
    onProgress?.(start + portion.size)
  }
  return bytesToHex(hash.digest())
}
