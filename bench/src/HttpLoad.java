import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A fixed number of clients of one server, each with a connection that stays and one request at a time. */
final class HttpLoad implements AutoCloseable {
    private static final int CLIENTS = 4;
    private static final int PAGES = 1_000;

    private final List<Client> clients = new ArrayList<>();
    private final ExecutorService pool = Executors.newFixedThreadPool(CLIENTS);

    private static final class Client implements Callable<Void> {
        private final Socket socket;
        private final InputStream input;
        private final int number;
        private int requests;

        Client(int port, int number) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            input = new BufferedInputStream(socket.getInputStream());
            this.number = number;
        }

        @Override
        public Void call() throws IOException {
            for (int i = 0; i < requests; i++) {
                int page = (i * CLIENTS + number) % PAGES;
                socket.getOutputStream()
                        .write(("GET /" + page + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                input.skipNBytes(readHead());
            }
            return null;
        }

        /** The answer up to its body: the body's length. */
        private int readHead() throws IOException {
            String status = readLine();
            if (!status.startsWith("HTTP/1.1 200")) {
                throw new IOException("the measured server answered " + status);
            }
            int length = -1;
            for (String line = readLine(); !line.isEmpty(); line = readLine()) {
                if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                    length = Integer.parseInt(
                            line.substring(line.indexOf(':') + 1).trim());
                }
            }
            return length;
        }

        private String readLine() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int character = input.read(); character != '\n'; character = input.read()) {
                if (character < 0) {
                    throw new EOFException("the measured server closed a connection");
                }
                line.append((char) character);
            }
            return line.toString().trim();
        }
    }

    HttpLoad(int port) throws IOException {
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(new Client(port, i));
        }
    }

    /** Makes so many requests in all and reads the answers. */
    void run(int requests) throws Exception {
        for (Client client : clients) {
            client.requests = requests / CLIENTS;
        }
        for (Future<Void> done : pool.invokeAll(clients)) {
            done.get();
        }
    }

    @Override
    public void close() throws IOException {
        pool.shutdown();
        for (Client client : clients) {
            client.socket.close();
        }
    }
}
