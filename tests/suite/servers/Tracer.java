// A tracer in a third language, written from the brief of `request-flow-trace` and nothing else. It shows that the
// brief says enough; it is no model. Start it with `java Tracer.java`, or compile it first.

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.*;
import java.net.*;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.*;
import java.util.*;
import java.util.concurrent.Executors;
import java.util.regex.*;
import java.util.stream.*;
import javax.net.ssl.*;

public class Tracer {
    static final Map<String, String> NET = new HashMap<>();
    static final List<String> ROOTS = new ArrayList<>();
    static final Map<String, Known> MEMORY = new HashMap<>();
    static SSLSocketFactory tls;

    record Rec(String name, int type, long ttl, String data) {}
    record Msg(int id, boolean response, boolean cut, int rcode, String qname, int qtype, List<List<Rec>> sections) {}
    record Known(List<String> addresses, String alias, long ends) {}
    record Res(String kind, String url, String mode, boolean head) {}
    record Answer(int status, Map<String, String> headers, byte[] body) {}

    static class Failure extends Exception {
        Failure(String error) { super(error); }
    }

    public static void main(String[] args) throws Exception {
        Matcher m = Pattern.compile("\"([^\"]+)\"\\s*:\\s*\"([^\"]+)\"").matcher(System.getenv("NET_MAP"));
        while (m.find()) NET.put(m.group(1), m.group(2));
        m = Pattern.compile("\"([^\"]+)\"").matcher(System.getenv("ROOT_HINTS"));
        while (m.find()) ROOTS.add(m.group(1));
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = Files.newInputStream(Path.of(System.getenv("CA_FILE")))) {
            store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        tls = context.getSocketFactory();
        int port = Integer.parseInt(System.getenv("PORT"));
        HttpServer server = HttpServer.create(new InetSocketAddress(System.getenv("HOST"), port), 64);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/healthz", exchange -> send(exchange, 200, "{}"));
        server.createContext("/trace", Tracer::trace);
        server.start();
    }

    static void send(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    static void trace(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Matcher url = Pattern.compile("\"url\"\\s*:\\s*\"(https?://[^\"]+)\"").matcher(body);
        if (!url.find()) {
            send(exchange, 422, "{\"error\":\"needs a url\"}");
            return;
        }
        try {
            send(exchange, 200, new Tracer().open(url.group(1)));
        } catch (Failure failure) {
            System.out.println(url.group(1) + " " + failure.getMessage());
            send(exchange, 502, "{\"error\":\"" + failure.getMessage() + "\"}");
        } catch (Exception broken) {
            broken.printStackTrace();
            send(exchange, 500, "{}");
        }
    }

    // --- one trace ---

    final List<String> hops = new ArrayList<>();
    final Map<String, Conn> connections = new HashMap<>();
    int requests;
    long bytes;
    String url;

    String open(String start) throws Exception {
        try {
            url = start;
            Answer page = follow();
            String where = url;
            if (page.status == 200) render(where, new String(page.body, StandardCharsets.UTF_8));
            return "{\"hops\":[" + String.join(",", hops) + "],\"page\":{\"url\":" + text(where) + ",\"requests\":" + requests
                + ",\"bytes\":" + bytes + ",\"path\":" + list(path(page.headers)) + "}}";
        } finally {
            for (Conn conn : connections.values()) conn.socket.close();
        }
    }

    Answer follow() throws Exception {
        for (int i = 0; i <= 10; i++) {
            Answer answer = get(url);
            String location = answer.headers.get("location");
            if (!List.of(301, 302, 303, 307, 308).contains(answer.status) || location == null) return answer;
            url = new URL(new URL(url), location).toString();
        }
        throw new Failure("connect");
    }

    void render(String where, String html) throws Exception {
        List<Res> all = new ArrayList<>();
        boolean head = true;
        html = html.replaceAll("(?s)<!--.*?-->", "");
        Matcher tags = Pattern.compile("(?i)</head>|<(link|script|img)\\b([^>]*)>").matcher(html);
        while (tags.find()) {
            if (tags.group(1) == null) {
                head = false;
                continue;
            }
            String name = tags.group(1).toLowerCase(), attributes = tags.group(2);
            Matcher ref = Pattern.compile(name.equals("link") ? "href=\"([^\"]*)\"" : "src=\"([^\"]*)\"").matcher(attributes);
            if (!ref.find() || name.equals("link") && !attributes.contains("stylesheet")) continue;
            String target = new URL(new URL(where), ref.group(1)).toString();
            String bare = attributes.replaceAll("\"[^\"]*\"", "");
            String mode = bare.contains("async") ? "async" : bare.contains("defer") ? "defer" : "plain";
            String kind = name.equals("link") ? "style" : name.equals("img") ? "image" : "script";
            if (all.stream().noneMatch(r -> r.url.equals(target))) all.add(new Res(kind, target, mode, head));
        }
        List<Res> loaded = new ArrayList<>();
        for (Res res : all) {
            try {
                url = res.url;
                if (follow().status == 200) loaded.add(res);
            } catch (Failure left) {
                continue;
            }
        }
        for (boolean inHead : new boolean[] {true, false}) {
            for (Res r : loaded) {
                boolean now = r.kind.equals("style") || r.kind.equals("script") && r.mode.equals("plain");
                if (r.head == inHead && now) event(r.kind, r.url);
            }
            if (inHead) event("paint", where);
        }
        event("parsed", where);
        for (String mode : List.of("defer", "async"))
            for (Res r : loaded) if (r.kind.equals("script") && r.mode.equals(mode)) event("script", r.url);
        for (Res r : loaded) if (r.kind.equals("image")) event("image", r.url);
        event("load", where);
    }

    void event(String event, String resource) {
        hops.add("{\"render\":{\"event\":" + text(event) + ",\"resource\":" + text(resource) + "}}");
    }

    static List<String> path(Map<String, String> headers) {
        List<String> path = new ArrayList<>();
        for (String via : split(headers.get("via"))) path.add(0, via.split(" ")[1]);
        List<String> caches = split(headers.get("cache-status"));
        if (!caches.isEmpty() && caches.get(caches.size() - 1).matches(".*;\\s*hit\\b.*")) return path.subList(0, 1);
        for (String timing : split(headers.get("server-timing"))) path.add(timing.split(";")[0].trim());
        return path;
    }

    static List<String> split(String value) {
        if (value == null) return List.of();
        return Pattern.compile("(?:[^,\"]|\"[^\"]*\")+").matcher(value).results().map(r -> r.group().trim()).toList();
    }

    // --- HTTP ---

    static class Conn {
        int number;
        Socket socket;
        InputStream in;
    }

    Answer get(String target) throws Exception {
        URL u = new URL(target);
        int port = u.getPort() > 0 ? u.getPort() : u.getDefaultPort();
        String key = u.getProtocol() + u.getHost() + port;
        Conn conn = connections.get(key);
        if (conn == null) connections.put(key, conn = connect(u, port));
        String file = u.getFile().isEmpty() ? "/" : u.getFile();
        try {
            conn.socket.getOutputStream().write(
                ("GET " + file + " HTTP/1.1\r\nHost: " + u.getAuthority() + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            int status = Integer.parseInt(line(conn.in).split(" ")[1]);
            Map<String, String> headers = new HashMap<>();
            for (String l; !(l = line(conn.in)).isEmpty(); )
                headers.merge(l.substring(0, l.indexOf(':')).toLowerCase(), l.substring(l.indexOf(':') + 1).trim(), (a, b) -> a + ", " + b);
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            if ("chunked".equals(headers.get("transfer-encoding"))) {
                for (int size; (size = Integer.parseInt(line(conn.in).split(";")[0].trim(), 16)) > 0; line(conn.in))
                    body.write(conn.in.readNBytes(size));
                line(conn.in);
            } else {
                body.write(conn.in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0"))));
            }
            if ("close".equalsIgnoreCase(headers.get("connection"))) connections.remove(key).socket.close();
            requests++;
            bytes += body.size();
            hops.add("{\"http\":{\"url\":" + text(target) + ",\"conn\":" + conn.number + ",\"status\":" + status + ",\"via\":"
                + text(headers.get("via")) + ",\"age\":" + headers.get("age") + ",\"cache_status\":" + text(headers.get("cache-status"))
                + ",\"server_timing\":" + text(headers.get("server-timing")) + ",\"bytes\":" + body.size() + "}}");
            return new Answer(status, headers, body.toByteArray());
        } catch (SocketTimeoutException e) {
            throw new Failure("timeout");
        } catch (IOException e) {
            throw new Failure("connect");
        }
    }

    static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c; (c = in.read()) != '\n'; ) {
            if (c < 0) throw new EOFException();
            if (c != '\r') line.append((char) c);
        }
        return line.toString();
    }

    Conn connect(URL u, int port) throws Exception {
        Conn conn = new Conn();
        for (String ip : resolve(u.getHost().toLowerCase())) {
            try {
                conn.socket = dial(ip, port);
            } catch (IOException e) {
                continue;
            }
            conn.number = ++count;
            hops.add("{\"tcp\":{\"ip\":" + text(ip) + ",\"port\":" + port + ",\"conn\":" + conn.number + "}}");
            break;
        }
        if (conn.socket == null) throw new Failure("connect");
        if (u.getProtocol().equals("https")) {
            try {
                SSLSocket secure = (SSLSocket) tls.createSocket(conn.socket, u.getHost(), port, true);
                SSLParameters parameters = secure.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                parameters.setServerNames(List.of(new SNIHostName(u.getHost())));
                parameters.setApplicationProtocols(new String[] {"http/1.1"});
                secure.setSSLParameters(parameters);
                secure.startHandshake();
                X509Certificate leaf = (X509Certificate) secure.getSession().getPeerCertificates()[0];
                hops.add("{\"tls\":{\"conn\":" + conn.number + ",\"sni\":" + text(u.getHost()) + ",\"alpn\":"
                    + (secure.getApplicationProtocol().isEmpty() ? "null" : text(secure.getApplicationProtocol())) + ",\"version\":"
                    + text(secure.getSession().getProtocol()) + ",\"serial\":" + text(leaf.getSerialNumber().toString(16)) + ",\"verified\":true}}");
                conn.socket = secure;
            } catch (SSLException e) {
                conn.socket.close();
                throw new Failure("certificate");
            } catch (SocketTimeoutException e) {
                throw new Failure("timeout");
            }
        }
        conn.in = new BufferedInputStream(conn.socket.getInputStream());
        return conn;
    }

    int count;

    static Socket dial(String ip, int port) throws IOException {
        Socket socket = new Socket();
        socket.connect(place("tcp", ip, port), 2000);
        socket.setSoTimeout(4000);
        socket.setTcpNoDelay(true);
        return socket;
    }

    static InetSocketAddress place(String transport, String ip, int port) throws IOException {
        String place = NET.get(transport + "/" + ip + ":" + port);
        if (place == null) throw new ConnectException("nobody there");
        return new InetSocketAddress(place.split(":")[0], Integer.parseInt(place.split(":")[1]));
    }

    // --- DNS ---

    List<String> resolve(String name) throws Failure {
        for (int i = 0; i < 10; i++) {
            Known known;
            synchronized (MEMORY) {
                known = MEMORY.get(name);
            }
            long now = System.nanoTime();
            if (known != null && known.ends > now) {
                List<String> said = known.alias != null ? List.of(known.alias) : known.addresses;
                dns(null, null, name, "NOERROR", said, (known.ends - now) / 1_000_000_000L + "", true);
            } else {
                known = walk(name);
            }
            if (known.alias == null) return known.addresses;
            name = known.alias;
        }
        throw new Failure("name-not-found");
    }

    Known walk(String name) throws Failure {
        List<String> servers = ROOTS;
        for (int depth = 0; depth < 10; depth++) {
            Msg reply = null;
            for (String server : servers) {
                reply = ask(server, name);
                if (reply != null && (reply.rcode == 0 || reply.rcode == 3)) break;
                reply = null;
            }
            if (reply == null) throw new Failure("timeout");
            if (reply.rcode == 3) throw new Failure("name-not-found");
            List<Rec> own = reply.sections.get(0).stream().filter(r -> r.name.equals(name) && (r.type == 1 || r.type == 5)).toList();
            if (!own.isEmpty()) {
                long ends = System.nanoTime() + own.stream().mapToLong(Rec::ttl).min().getAsLong() * 1_000_000_000L;
                boolean alias = own.get(0).type == 5;
                Known known = new Known(alias ? null : own.stream().map(Rec::data).toList(), alias ? own.get(0).data : null, ends);
                synchronized (MEMORY) {
                    MEMORY.put(name, known);
                }
                return known;
            }
            Set<String> names = reply.sections.get(1).stream().filter(r -> r.type == 2).map(Rec::data).collect(Collectors.toSet());
            if (names.isEmpty()) throw new Failure("name-not-found");
            servers = reply.sections.get(2).stream().filter(r -> r.type == 1 && names.contains(r.name)).map(Rec::data).toList();
        }
        throw new Failure("name-not-found");
    }

    Msg ask(String server, String name) {
        Msg reply = over(server, name, "udp");
        return reply != null && reply.cut ? over(server, name, "tcp") : reply;
    }

    Msg over(String server, String name, String transport) {
        Msg reply = null;
        try {
            int id = new SecureRandom().nextInt(65536);
            ByteArrayOutputStream query = new ByteArrayOutputStream();
            query.write(new byte[] {(byte) (id >> 8), (byte) id, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0});
            for (String label : name.split("\\.")) {
                query.write(label.length());
                query.write(label.getBytes(StandardCharsets.US_ASCII));
            }
            query.write(new byte[] {0, 0, 1, 0, 1});
            if (transport.equals("tcp")) {
                try (Socket socket = dial(server, 53)) {
                    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                    out.writeShort(query.size());
                    query.writeTo(out);
                    DataInputStream in = new DataInputStream(socket.getInputStream());
                    Msg got = parse(in.readNBytes(in.readUnsignedShort()));
                    if (fits(got, id, name)) reply = got;
                }
            } else {
                try (DatagramSocket socket = new DatagramSocket()) {
                    socket.connect(place("udp", server, 53));
                    socket.send(new DatagramPacket(query.toByteArray(), query.size()));
                    long end = System.nanoTime() + 1_500_000_000L;
                    while (reply == null) {
                        socket.setSoTimeout((int) Math.max(1, (end - System.nanoTime()) / 1_000_000));
                        DatagramPacket packet = new DatagramPacket(new byte[65535], 65535);
                        socket.receive(packet);
                        Msg got = parse(Arrays.copyOf(packet.getData(), packet.getLength()));
                        if (fits(got, id, name)) reply = got;
                    }
                }
            }
        } catch (IOException silent) {
            reply = null;
        }
        if (reply == null) {
            dns(server, transport, name, "TIMEOUT", List.of(), "null", false);
            return null;
        }
        List<Rec> told = new ArrayList<>();
        if (!reply.cut) {
            told.addAll(reply.sections.get(0).stream().filter(r -> r.type == 1 || r.type == 5).toList());
            if (told.isEmpty()) told.addAll(reply.sections.get(1).stream().filter(r -> r.type == 2).toList());
        }
        String[] codes = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};
        String ttl = told.isEmpty() ? "null" : told.stream().mapToLong(Rec::ttl).min().getAsLong() + "";
        dns(server, transport, name, codes[reply.rcode], told.stream().map(Rec::data).toList(), ttl, false);
        return reply;
    }

    static boolean fits(Msg got, int id, String name) {
        return got != null && got.response && got.id == id && got.qtype == 1 && name.equals(got.qname);
    }

    void dns(String server, String transport, String name, String rcode, List<String> answers, String ttl, boolean cached) {
        hops.add("{\"dns\":{\"server\":" + text(server) + ",\"transport\":" + text(transport) + ",\"qname\":" + text(name)
            + ",\"qtype\":\"A\",\"rcode\":" + text(rcode) + ",\"answers\":" + list(answers) + ",\"ttl\":" + ttl + ",\"cached\":" + cached + "}}");
    }

    static Msg parse(byte[] data) {
        try {
            ByteBuffer b = ByteBuffer.wrap(data);
            int id = b.getShort() & 0xffff, flags = b.getShort() & 0xffff;
            int[] counts = {b.getShort(), b.getShort(), b.getShort(), b.getShort()};
            String qname = name(b);
            int qtype = b.getShort();
            b.getShort();
            List<List<Rec>> sections = new ArrayList<>();
            for (int s = 1; s < 4; s++) {
                List<Rec> records = new ArrayList<>();
                for (int i = 0; i < counts[s]; i++) {
                    String owner = name(b);
                    int type = b.getShort();
                    b.getShort();
                    long ttl = b.getInt() & 0xffffffffL;
                    int end = (b.getShort() & 0xffff) + b.position();
                    String value = "";
                    if (type == 1) value = (b.get() & 255) + "." + (b.get() & 255) + "." + (b.get() & 255) + "." + (b.get() & 255);
                    if (type == 2 || type == 5) value = name(b);
                    b.position(end);
                    records.add(new Rec(owner, type, ttl, value));
                }
                sections.add(records);
            }
            return new Msg(id, (flags & 0x8000) != 0, (flags & 0x200) != 0, flags & 15, qname, qtype, sections);
        } catch (RuntimeException notDns) {
            return null;
        }
    }

    static String name(ByteBuffer b) {
        StringBuilder name = new StringBuilder();
        for (int length; (length = b.get() & 255) != 0; ) {
            if (length >= 192) {
                ByteBuffer there = b.duplicate().position((length & 63) << 8 | b.get() & 255);
                String rest = name(there);
                return (name + (name.isEmpty() ? "" : ".") + rest).toLowerCase();
            }
            byte[] label = new byte[length];
            b.get(label);
            name.append(name.isEmpty() ? "" : ".").append(new String(label, StandardCharsets.US_ASCII));
        }
        return name.toString().toLowerCase();
    }

    static String text(String value) {
        return value == null ? "null" : "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    static String list(List<String> values) {
        return values.stream().map(Tracer::text).collect(Collectors.joining(",", "[", "]"));
    }
}
