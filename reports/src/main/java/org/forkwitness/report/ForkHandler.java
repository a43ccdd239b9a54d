package org.forkwitness.report;

import java.util.List;

/**
 * One call of pthread_atfork(3). A handler that was not given is null.
 *
 * @param library the library whose handlers these are; null where not known
 * @param prepare runs before the fork
 * @param parent runs after it in the parent
 * @param child runs after it in the child
 * @param registeredBy stack of the registration, innermost frame first
 */
public record ForkHandler(String library, Frame prepare, Frame parent, Frame child, List<Frame> registeredBy) {
    public ForkHandler {
        registeredBy = Fields.list(registeredBy);
    }
}
