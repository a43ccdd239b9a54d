package org.forkwitness.model;

import org.forkwitness.stream.ChildState;
import org.forkwitness.stream.StreamRecord;

/** What others have said of a child: the agent that looks at it from outside, and who waits for it. For one thread. */
public final class WatchRecords {
    /** The low seven bits of a wait status: the signal that ended the process, 0 where it exited (wait(2)). */
    private static final long SIGNAL_BITS = 0x7f;

    private StreamRecord.Hung hung;
    private StreamRecord.Resumed resumed;
    private StreamRecord.Outside outside;
    private StreamRecord.Lives lives;
    private StreamRecord.Kill kill;
    private StreamRecord.SignalLost signalLost;
    private StreamRecord.Reaped reaped;

    void update(StreamRecord record) {
        if (record instanceof StreamRecord.Hung next) {
            hung = newer(hung, next);
        } else if (record instanceof StreamRecord.Resumed next) {
            resumed = newer(resumed, next);
        } else if (record instanceof StreamRecord.Outside next) {
            outside = newer(outside, next);
        } else if (record instanceof StreamRecord.Lives next) {
            lives = newer(lives, next);
        } else if (record instanceof StreamRecord.Kill next) {
            kill = newer(kill, next);
        } else if (record instanceof StreamRecord.SignalLost next) {
            signalLost = newer(signalLost, next);
        }
    }

    void reaped(StreamRecord.Reaped record) {
        reaped = record;
    }

    private static <R extends StreamRecord> R newer(R known, R next) {
        return known == null || known.header().time() <= next.header().time() ? next : known;
    }

    /** The sleep in a futex from which it has not been seen to wake; null where there is none. */
    public StreamRecord.Hung hung() {
        boolean over = hung != null
                && resumed != null
                && resumed.header().time() >= hung.header().time();
        return over ? null : hung;
    }

    /** True where it was seen to become another program. */
    public boolean execed() {
        return outside != null && outside.state() == ChildState.EXECED;
    }

    /** True where it was seen to be gone. */
    public boolean ended() {
        return reaped != null || outside != null && outside.state() == ChildState.ENDED;
    }

    /** What it became or was; null where nobody looked. */
    public StreamRecord.Outside outside() {
        return outside;
    }

    /** That it lives on without exec; null where that was not said. */
    public StreamRecord.Lives lives() {
        return lives;
    }

    /** The last signal that was sent to it; null where none was seen. */
    public StreamRecord.Kill kill() {
        return kill;
    }

    /** The signal that it handled in vain; null where there was none. */
    public StreamRecord.SignalLost signalLost() {
        return signalLost;
    }

    /** What the wait call of its parent returned; null where none was seen. */
    public StreamRecord.Reaped reaped() {
        return reaped;
    }

    /** Wait status of its end (wait(2)); null where not known. */
    public Long waitStatus() {
        if (reaped != null) {
            return reaped.status();
        }
        return outside != null && outside.state() == ChildState.ENDED ? outside.status() : null;
    }

    /** The signal that ended it; null where none did, or not known. */
    public Integer endSignal() {
        Long status = waitStatus();
        return status == null || (status & SIGNAL_BITS) == 0 ? null : (int) (status & SIGNAL_BITS);
    }

    /** The status with which it exited; null where it did not, or not known. */
    public Integer exitStatus() {
        Long status = waitStatus();
        return status == null || (status & SIGNAL_BITS) != 0 ? null : (int) (status >> 8 & 0xff);
    }
}
