package config

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// postgresURL is a PostgreSQL URL in parts. It is taken apart by hand: net/url
// knows no lists of hosts, and forgives what shifts a part of an unencoded
// password into the host, where it would be printed.
type postgresURL struct {
	user  *url.Userinfo
	hosts []string // host or host:port
	name  string
	query url.Values
}

var errPostgresURL = errors.New("is not a URL that can be read; write postgresql://user:password@host:5432/name, " +
	"with reserved characters of the password percent-encoded (% as %25, / as %2F, ? as %3F, # as %23, @ as %40, : as %3A, space as %20)")

// postgresDatabase makes the URL clean: parameters of other programs are
// translated or dropped, since pgx would send unknown ones to the server,
// which then refuses the connection.
func postgresDatabase(text string) (Database, error) {
	p, err := parsePostgres(text)
	if err != nil {
		return Database{}, err
	}
	d := Database{Dialect: Postgres, SearchPath: last(p.query["schema"]), Pooled: p.pooled()}
	if len(d.SearchPath) > 63 {
		return Database{}, errors.New("has a schema of more than 63 bytes; name an existing one")
	}
	if p.query, err = cleanQuery(p.query); err != nil {
		return Database{}, err
	}
	d.URL = Secret(p.String())
	return d, nil
}

// parsePostgres takes postgres://user:password@host:port,host:port/name?query
// apart. The last @ before the path ends the password, so an unencoded @ or :
// in it survives; where /, ? or # stand unencoded in it, an @ is left in what
// follows, and that is refused.
func parsePostgres(text string) (*postgresURL, error) {
	rest, found := strings.CutPrefix(text, "postgres://")
	if !found || strings.Contains(rest, "#") || strings.Contains(rest, "%00") || strings.ContainsFunc(rest, unicode.IsControl) {
		return nil, errPostgresURL
	}
	rest, query, _ := strings.Cut(rest, "?")
	authority, name, _ := strings.Cut(rest, "/")
	if strings.ContainsAny(name, "/@:") || strings.Contains(query, "@") {
		return nil, errPostgresURL
	}
	at := strings.LastIndex(authority, "@")
	p := &postgresURL{hosts: strings.Split(authority[at+1:], ",")}
	var errs [3]error
	if at >= 0 {
		p.user, errs[0] = parseUser(authority[:at])
	}
	p.name, errs[1] = url.PathUnescape(name)
	p.query, errs[2] = url.ParseQuery(query)
	if errors.Join(errs[:]...) != nil || !p.hostsValid() {
		return nil, errPostgresURL
	}
	return p, nil
}

func parseUser(text string) (*url.Userinfo, error) {
	user, password, hasPassword := strings.Cut(text, ":")
	user, err := url.PathUnescape(user)
	if err != nil || !hasPassword {
		return url.User(user), err
	}
	password, err = url.PathUnescape(password)
	return url.UserPassword(user, password), err
}

var hostPort = regexp.MustCompile(`^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])?(?::([0-9]+))?$`)

// hostsValid checks hosts and ports, also those given as parameters, where a
// host may be the folder of a Unix socket. A list in both places is refused:
// their numbers need not agree.
func (p *postgresURL) hostsValid() bool {
	for _, host := range p.hosts {
		match := hostPort.FindStringSubmatch(host)
		if match == nil || match[2] != "" && !isPort(match[2]) {
			return false
		}
	}
	for host := range strings.SplitSeq(last(p.query["host"]), ",") {
		if host != "" && host[0] != '/' && !isHostName(host) {
			return false
		}
	}
	host, port := last(p.query["host"]), last(p.query["port"])
	return (port == "" || isPort(port)) && (len(p.hosts) == 1 || host+port == "")
}

// pooled recognises transaction poolers: by Prisma's pgbouncer=true, by Neon's
// host name, and by the port of Supabase's.
func (p *postgresURL) pooled() bool {
	if on, _ := parseOnOff(last(p.query["pgbouncer"])); on {
		return true
	}
	return slices.ContainsFunc(p.hosts, func(address string) bool {
		host, port, _ := strings.Cut(strings.ToLower(address), ":")
		label, _, _ := strings.Cut(host, ".")
		return strings.HasSuffix(label, "-pooler") || strings.HasSuffix(host, ".pooler.supabase.com") && port == "6543"
	})
}

// place is host:port/name, for people.
func (p *postgresURL) place() string {
	hosts := slices.Clone(p.hosts)
	for i, host := range hosts {
		if host == "" || host[0] == ':' {
			host = "localhost" + host
		}
		if match := hostPort.FindStringSubmatch(host); match != nil && match[2] == "" {
			host += ":5432"
		}
		hosts[i] = host
	}
	where, name := strings.Join(hosts, ","), p.name
	if host := last(p.query["host"]); host != "" {
		where = host
	}
	if given := last(p.query["dbname"]); given != "" {
		name = given
	}
	return strings.TrimSuffix(where+"/"+name, "/")
}

// String is the whole URL, password and all, as libpq and pgx read it: a space
// in a parameter is %20, since they take + for itself.
func (p *postgresURL) String() string {
	user := ""
	if p.user != nil {
		user = p.user.String() + "@"
	}
	query := strings.ReplaceAll(p.query.Encode(), "+", "%20")
	return "postgres://" + user + strings.Join(p.hosts, ",") + "/" + url.PathEscape(p.name) + "?" + query
}

// last is the value that counts when a parameter is repeated, as in libpq.
func last(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}
