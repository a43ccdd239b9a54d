package org.forkwitness.report;

/**
 * What the guard did about a fork.
 *
 * @param action what
 * @param waitedMs milliseconds for which it held the fork back
 * @param waitedFor what it saw first; null where not known
 */
public record Guard(GuardAction action, Double waitedMs, WaitedFor waitedFor) {
    public Guard {
        Fields.required(action, "forks[].guard.action");
        Fields.required(waitedMs, "forks[].guard.waitedMs");
    }
}
