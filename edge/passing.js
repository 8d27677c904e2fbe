// The way of an answer's body to its caller, piece by piece, while somebody listens in.
//
// It is no part of the Worker's Wasm because it outlives it: when another request panics, answers that are under way pass
// on to their end, unheard. The next piece is taken when the caller has taken the last, so that no more than one is held
// however slow the caller is. Leaves out what is heard, and what becomes of the call.

/**
 * Passes the pieces of `body` on to `onward`, a stream that can be written to, or to nobody. Each is shown to `heard`
 * first, which may throw: then nobody listens any more, and `failed` is told why. No piece may take longer than `idle_ms`
 * to come, nor the whole longer than `longest_ms`. When the caller leaves, which `signal` tells though no piece comes, the
 * rest is taken for `heard` alone, for as many milliseconds as `linger` resolves with.
 *
 * Resolves with how it ended: `closed` as the sender closed it, `broken` off by the sender, `idle`, or `left` by the caller.
 * What was passed on ends with it: as a whole body if it was closed, as one that broke off otherwise.
 */
export async function pass(body, onward, signal, { idle_ms, longest_ms }, linger, heard, failed) {
  const reader = body.getReader();
  let writer = onward?.getWriter();
  let is_left = false;
  const patience = new Patience(idle_ms, longest_ms, () => {
    // What is waited for ends by these.
    reader.cancel().catch(ignore);
    writer?.abort(new Error('the answer stopped coming')).catch(ignore);
  });
  const leave = async () => {
    if (is_left || patience.isOver) return;
    is_left = true;
    writer?.abort(new Error('the caller left')).catch(ignore);
    writer = null;
    let rest_ms = 0;
    try {
      rest_ms = await linger();
    } catch (error) {
      failed(error);
    }
    patience.endWithin(rest_ms);
  };
  signal.addEventListener('abort', leave);
  if (signal.aborted) leave();
  const end = await move(reader, () => writer, leave, patience, (piece) => {
    try {
      heard?.(piece);
    } catch (error) {
      heard = null;
      failed(error);
    }
  });
  patience.end();
  signal.removeEventListener('abort', leave);
  const ended = patience.isOver ? (is_left ? 'left' : 'idle') : end;
  if (ended === 'closed') writer?.close().catch(ignore);
  else writer?.abort(new Error('the answer broke off')).catch(ignore);
  reader.releaseLock();
  return ended;
}

async function move(reader, writer, leave, patience, heard) {
  for (;;) {
    let piece;
    try {
      piece = await reader.read();
    } catch {
      return 'broken';
    }
    if (piece.done) return 'closed';
    const taken = writer()?.write(piece.value);
    heard(piece.value);
    if (taken) {
      // The time that the caller takes is not the sender's.
      patience.pause();
      await taken.catch(() => leave());
    }
    patience.renew();
  }
}

function ignore() {}

/** One timer for many pieces: when it goes off, it is seen how long ago the last one came. */
class Patience {
  isOver = false;
  #idle_ms;
  #until;
  #heard = performance.now();
  #giveUp;
  #timer;
  #isEnded = false;

  constructor(idle_ms, longest_ms, giveUp) {
    this.#idle_ms = idle_ms;
    this.#until = this.#heard + longest_ms;
    this.#giveUp = giveUp;
    this.#look();
  }

  pause() {
    this.#heard = Infinity;
  }

  renew() {
    this.#heard = performance.now();
  }

  /** Ends so long from now, unless it would earlier. */
  endWithin(ms) {
    if (this.#isEnded) return;
    this.#until = Math.min(this.#until, performance.now() + ms);
    clearTimeout(this.#timer);
    this.#look();
  }

  end() {
    this.#isEnded = true;
    clearTimeout(this.#timer);
  }

  #look() {
    const now = performance.now();
    const left_ms = Math.min(Math.min(this.#heard, now) + this.#idle_ms, this.#until) - now;
    if (left_ms > 0) {
      this.#timer = setTimeout(() => this.#look(), left_ms);
      return;
    }
    this.isOver = true;
    this.#giveUp();
  }
}
