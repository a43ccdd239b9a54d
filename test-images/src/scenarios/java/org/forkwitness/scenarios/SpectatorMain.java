package org.forkwitness.scenarios;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Prints all that it can notice of other processes and of descriptors that are not its own. */
public final class SpectatorMain {
    private SpectatorMain() {}

    public static void main(String[] arguments) throws IOException {
        System.out.println("counting " + Spectator.countChildSignals());
        System.out.println("wait " + Spectator.waitForAny());
        // Until a line comes, which is after the collector has died, if there is one.
        System.in.read();
        System.out.println("wait " + Spectator.waitForAny());
        System.out.println("signals " + Spectator.childSignals());
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            descriptors.forEach(SpectatorMain::printDescriptor);
        }
        System.out.println("forked " + Forks.thenListDescriptors());
        System.out.println("signals " + Spectator.childSignals());
    }

    private static void printDescriptor(Path descriptor) {
        try {
            System.out.println("descriptor " + descriptor.getFileName() + " " + Files.readSymbolicLink(descriptor));
        } catch (IOException e) {
            System.out.println("closed " + descriptor.getFileName());
        }
    }
}
