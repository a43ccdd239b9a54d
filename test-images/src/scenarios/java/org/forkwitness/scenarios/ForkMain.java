package org.forkwitness.scenarios;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Does what its arguments name, one after the other, and prints a line for each: its name and the result. */
public final class ForkMain {
    private ForkMain() {}

    public static void main(String[] arguments) {
        for (String argument : arguments) {
            System.out.println(argument + " " + run(argument));
        }
    }

    private static String run(String what) {
        return switch (what) {
            case "exec" -> text(Forks.thenExec()); // HERE: java-exec
            case "failed-exec" -> text(Forks.thenFailedExec());
            case "_exit" -> text(Forks.thenUnderscoreExit(3));
            case "exit" -> text(Forks.thenExit(4));
            case "forkpty" -> text(Forks.pseudoTerminal());
            case "nested" -> text(Forks.nested());
            case "daemon" -> text(Forks.daemonInChild());
            case "descriptors" -> text(Forks.thenListDescriptors());
            case "posix_spawn" -> text(Spawns.posixSpawn());
            case "posix_spawnp" -> text(Spawns.posixSpawnByPath());
            case "posix_spawn-nothing" -> text(Spawns.posixSpawnOfNothing());
            case "system" -> text(Spawns.shell());
            case "popen" -> text(Spawns.pipeToShell());
            case "vfork-exec" -> text(Spawns.vforkThenExec());
            case "vfork-_exit" -> text(Spawns.vforkThenExit(9));
            case "native-thread" -> text(Threads.forkInNativeThread()); // HERE: java-native-thread
            case "refused" -> text(Limits.forkRefused());
            case "errno" -> text(Limits.errnoAfterFork());
            default -> throw new IllegalArgumentException(what);
        };
    }

    private static String text(int... numbers) {
        return Arrays.stream(numbers).mapToObj(Integer::toString).collect(Collectors.joining(" "));
    }
}
