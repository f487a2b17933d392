import { session } from './api';

export interface UploadProgress {
  sent: number;
  total: number;
}

export interface UploadedFile {
  fileId: string;
  name: string;
  size: number;
}

/** A refusal by the server, with its public code; `NETWORK` when it could not be reached. */
export class UploadError extends Error {
  override readonly name = 'UploadError';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Sends a file to `POST /upload?name=`. XMLHttpRequest, because `fetch` does not report how much has been sent. Renews a refused token
 * once. Rejects with `UploadError`, or with an `AbortError` when the signal fires.
 */
export async function uploadFile(
  file: File,
  onProgress: (progress: UploadProgress) => void,
  signal: AbortSignal,
): Promise<UploadedFile> {
  const token = await session.token();
  const first = await send(file, token, onProgress, signal);
  const answer = first.status === 401 ? await send(file, await session.replace(token), onProgress, signal) : first;
  const envelope = parse(answer.text);
  if (answer.status < 300 && envelope.data?.fileId) return { name: file.name, size: file.size, ...envelope.data };
  throw new UploadError(envelope.error?.code ?? 'INTERNAL', envelope.error?.message ?? `HTTP ${answer.status}`);
}

interface Envelope {
  data?: { fileId: string; name?: string; size?: number };
  error?: { code: string; message: string };
}

function parse(text: string): Envelope {
  try {
    return JSON.parse(text) as Envelope;
  } catch {
    return {};
  }
}

function send(
  file: File,
  token: string,
  onProgress: (progress: UploadProgress) => void,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new DOMException('Cancelled', 'AbortError'));
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    signal.addEventListener('abort', abort, { once: true });
    request.open('POST', `/upload?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader('authorization', `Bearer ${token}`);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.onprogress = (event) => onProgress({ sent: event.loaded, total: file.size });
    request.onload = () => resolve({ status: request.status, text: request.responseText });
    request.onerror = () => reject(new UploadError('NETWORK', 'The server could not be reached.'));
    request.onabort = () => reject(new DOMException('Cancelled', 'AbortError'));
    request.onloadend = () => signal.removeEventListener('abort', abort);
    request.send(file);
  });
}
