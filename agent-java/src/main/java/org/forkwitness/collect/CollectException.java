package org.forkwitness.collect;

/** No report can be made; the message is one sentence for the user. */
public final class CollectException extends Exception {
    private static final long serialVersionUID = 1L;

    CollectException(String message, Throwable cause) {
        super(message, cause);
    }
}
