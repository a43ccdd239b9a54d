package org.forkwitness.verdict;

import org.forkwitness.report.Call;

/** The report's call for the stream's. Stateless. */
public final class Calls {
    private Calls() {}

    /** The report's call; {@link Call#UNOBSERVED} for null, which stands for one that a newer agent knows. */
    public static Call of(org.forkwitness.stream.Call call) {
        return call == null ? Call.UNOBSERVED : Call.of(call.text()).orElse(Call.UNOBSERVED);
    }
}
