package org.forkwitness.scenarios;

/** Forks beside threads that allocate: its argument says how often. */
public final class LoadMain {
    private LoadMain() {}

    public static void main(String[] arguments) {
        System.out.println("hung " + Load.fork(Integer.parseInt(arguments[0])));
    }
}
