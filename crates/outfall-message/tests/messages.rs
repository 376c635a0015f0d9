//! What a message comes out as: one behaviour a test, through the public door only.

use outfall_message::{LinkPlace, Message, Oddity, examine};

fn html(body: &str) -> Message {
    examine(format!("Content-Type: text/html; charset=utf-8\r\n\r\n{body}").as_bytes())
}

fn has(message: &Message, oddity: Oddity) -> bool {
    message.oddities.contains(oddity)
}

fn urls(message: &Message) -> Vec<(&str, LinkPlace)> {
    message.links.iter().map(|link| (link.url.as_str(), link.place)).collect()
}

//------------ Header ---------------------------------------------------------

/// Fields are unfolded and kept in order; the known ones are decoded.
#[test]
fn header_is_read() {
    let message = examine(
        b"From x@y Mon Mar  2\r\nReceived: by a\r\n\twith b\r\nfrom: =?utf-8?q?B=C3=B6b?= <Bob@Shop.Example>\r\n\
          Reply-To: c@d.example\r\nSubject: =?iso-8859-1?q?Gr=FC=DFe?=\r\nMessage-ID: <1@x>\r\n\r\nhi",
    );

    assert_eq!(Some("by a with b"), message.head.value("received"));
    assert_eq!("B\u{f6}b", message.head.from[0].name);
    assert_eq!("bob@shop.example", message.head.from[0].address);
    assert_eq!("c@d.example", message.head.reply_to[0].address);
    assert_eq!("Gr\u{fc}\u{df}e", message.head.subject);
    assert_eq!("1@x", message.head.message_id);
    assert_eq!("hi", message.text);
}

/// A line that is no field begins the body.
#[test]
fn junk_ends_the_header() {
    let message = examine(b"Subject: a\nthis is text\n\nmore");

    assert_eq!("this is text\nmore", message.text);
    assert!(!has(&message, Oddity::NoHeader));
}

/// Bytes without any field are all body.
#[test]
fn without_header_all_is_body() {
    let message = examine(b"hello there\n");

    assert_eq!("hello there", message.text);
    assert!(has(&message, Oddity::NoHeader));
}

/// Of a repeated single field the first counts, and the fact is kept.
#[test]
fn repeated_fields_are_odd() {
    let message = examine(b"Subject: a\nSUBJECT: b\nFrom: \xe4@x.example\n\n");

    assert_eq!("a", message.head.subject);
    assert!(has(&message, Oddity::DoubleHeader));
    assert!(has(&message, Oddity::RawEightBit));
}

//------------ Parts ----------------------------------------------------------

const ALTERNATIVES: &str = "Content-Type: multipart/alternative; boundary=\"=_b\"\r\n\r\npreamble\r\n\
    --=_b\r\nContent-Type: text/plain\r\n\r\nplain words http://plain.example/\r\n\
    --=_b \r\nContent-Type: text/html\r\n\r\n<p>rich <a href='http://rich.example/'>words</a></p>\r\n--=_b--\r\nafter";

/// Of alternatives the rich text is seen, once; both give their links.
#[test]
fn alternatives_count_once() {
    let message = examine(ALTERNATIVES.as_bytes());

    assert_eq!("rich words", message.text);
    assert_eq!(
        vec![
            ("http://rich.example/", LinkPlace::Own),
            ("http://plain.example/", LinkPlace::Hidden)
        ],
        urls(&message)
    );
    assert_eq!("words", message.links[0].shown);
    assert_eq!("multipart/alternative(text/plain,text/html)", message.tree);
    assert_eq!("=_b", message.boundary);
    assert!(!has(&message, Oddity::BrokenMime));
    assert_eq!("p,a", message.tags);
}

/// Alternatives that have no word in common are odd; ones that say the same are not.
#[test]
fn differing_alternatives_are_odd() {
    let words = "these phrases stand alone within plain alternative while others appear under another branch \
        without being repeated anywhere inside";
    let same =
        ALTERNATIVES.replace("rich <a", &format!("{words} <a")).replace("plain words", words);
    let other = ALTERNATIVES.replace("plain words", words);

    assert!(!has(&examine(same.as_bytes()), Oddity::AlternativesDiffer));
    assert!(has(&examine(other.as_bytes()), Oddity::AlternativesDiffer));
}

/// A file keeps its name, type, size and hash, and what its bytes say it is.
#[test]
fn attachments_are_described() {
    let message = examine(
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsee file\n--b\n\
          Content-Type: Application/PDF; name=old.pdf\nContent-Transfer-Encoding: base64\n\
          Content-Disposition: attachment; filename*=utf-8''%C3%BC.pdf\n\nYWJj\n--b\n\
          Content-Type: text/html\nContent-Disposition: attachment; filename=a.htm\n\n<html>x\n--b\n\
          Content-Type: image/png\nContent-ID: <1>\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b--\n",
    );

    let [pdf, page, image] = &message.attachments[..] else { panic!("{:?}", message.attachments) };
    assert_eq!("see file", message.text);
    assert_eq!(
        ("\u{fc}.pdf", "application/pdf", 3, ""),
        (&*pdf.name, &*pdf.content_type, pdf.size, pdf.sniffed)
    );
    // SHA-256 of "abc": FIPS 180-4, appendix B.1 of the 2002 edition.
    assert_eq!([0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea], pdf.sha256[..8]);
    assert_eq!(("a.htm", "html", false), (&*page.name, page.sniffed, page.inline));
    assert_eq!(("png", true), (image.sniffed, image.inline));
}

/// A message in a message is read as one, and its parts stay its own.
#[test]
fn nested_messages_are_read() {
    let message = examine(
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nouter\n--b\nContent-Type: message/rfc822\n\n\
          Subject: inner\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\ninner text\n--b--\n",
    );

    assert_eq!("outer", message.text);
    assert_eq!(
        ("inner", "inner text"),
        (&*message.nested[0].head.subject, &*message.nested[0].text)
    );
    assert!(has(&message.nested[0], Oddity::BrokenMime));
    assert!(message.attachments.is_empty());
}

/// A multipart without its boundary is shown as text, as mail programs do.
#[test]
fn undivided_multiparts_are_text() {
    let message = examine(b"Content-Type: multipart/mixed; boundary=b\n\nall one text\n");

    assert_eq!("all one text", message.text);
    assert!(has(&message, Oddity::BrokenMime));
}

/// A boundary that another one begins with does not end its part.
#[test]
fn boundaries_match_as_wholes() {
    let message = examine(
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=bb\n\n\
          --bb\n\none\n--bb\n\ntwo --b\n--bb--\n--b--\n",
    );

    assert_eq!("one\ntwo --b", message.text);
    assert_eq!("multipart/mixed(multipart/mixed(text/plain,text/plain))", message.tree);
}

//------------ Decoding -------------------------------------------------------

/// Broken encodings give what is left of them, and the fact is kept.
#[test]
fn broken_encodings_are_read_as_far_as_they_go() {
    let base64 = examine(b"Content-Transfer-Encoding: base64\n\naGVs*bG8g\ndGhlcmU=\n");
    let printable =
        examine(b"Content-Transfer-Encoding: quoted-printable\n\n100=25 = =zz=20\nok=\n!\n");

    assert_eq!("hello there", base64.text);
    assert!(has(&base64, Oddity::BadEncoding));
    assert_eq!("100% = =zz ok!", printable.text);
    assert!(has(&printable, Oddity::BadEncoding));
}

/// Blanks at the end of a line were added in transport, unless they are written out.
#[test]
fn written_blanks_are_kept() {
    let message = examine(
        b"Content-Type: text/csv\nContent-Transfer-Encoding: quoted-printable\n\na=20 \t\nb \n",
    );

    assert_eq!("a \nb\n".len(), message.attachments[0].size);
}

/// Text is decoded from what it is declared to be; lies are noted and guessed at.
#[test]
fn character_sets_are_decoded() {
    for (charset, bytes, want, lie) in [
        ("iso-8859-1", &b"Gr\xfc\xdfe"[..], "Gr\u{fc}\u{df}e", false),
        (
            "koi8-r",
            b"\xf0\xd2\xc9\xd7\xc5\xd4",
            "\u{41f}\u{440}\u{438}\u{432}\u{435}\u{442}",
            false,
        ),
        ("utf-8", "Gr\u{fc}\u{df}e".as_bytes(), "Gr\u{fc}\u{df}e", false),
        ("utf-8", b"Gr\xfc\xdfe", "Gr\u{fc}\u{df}e", true),
        ("us-ascii", "Gr\u{fc}\u{df}e".as_bytes(), "Gr\u{fc}\u{df}e", true),
        ("x-nonsense", b"Gr\xfc\xdfe", "Gr\u{fc}\u{df}e", true),
        ("iso-2022-jp", b"\x1b$B%O%m\x1b(B", "\u{30cf}\u{30ed}", false),
    ] {
        let header = format!("Content-Type: text/plain; charset={charset}\n\n");
        let message = examine(&[header.as_bytes(), bytes].concat());

        assert_eq!(want, message.text, "{charset}");
        assert_eq!(lie, has(&message, Oddity::CharsetLie), "{charset}");
    }
}

//------------ HTML -----------------------------------------------------------

/// What a person sees is text, what they do not see is hidden, and nothing is both.
#[test]
fn hidden_text_is_told_apart() {
    let message = html(
        "<style>.pre{display:none}</style><title>T</title><body bgcolor=#112233><font color=white>see</font>\
         <div class=pre>one</div><font color='#112233'>two</font><p style='font-size:0'>three\
         <span style='font-size:12px;color:#eee'>this</span></p><template>four</template>\
         <script>five</script><!-- six --><table><tr><td style='display:none'>seven<td style='color:#fff'>too</table>",
    );

    assert_eq!("see\nthis\ntoo", message.text);
    assert_eq!("one\ntwo\nthree\nfour\nseven", message.hidden);
    assert!(has(&message, Oddity::HiddenText));
}

/// Entities are decoded, blocks part paragraphs, and letters in pieces join.
#[test]
fn html_reads_as_it_looks() {
    let message = html("<h1>A&amp;B</h1>c<b>d</b>e<br>f<ul><li>g<li>h</ul>&nbsp;&#105;<!-- x -->j");

    assert_eq!("A&B\ncde f\ng\nh\nij", message.text);
}

/// The end of an element ends what was left open inside of it, and what it hid.
#[test]
fn end_tags_end_what_is_inside() {
    let message = html("<div style='display:none'><b><i>gone</div>seen</b></p></x>");

    assert_eq!(("seen", "gone"), (&*message.text, &*message.hidden));
}

/// Of an attribute that stands twice the first counts, and only its own end tag ends a script.
#[test]
fn tags_are_read_as_browsers_do() {
    let message = html(
        "<script>'</b><a href=http://script.example>'</script>see <a href=http://one.example href=http://two.example>x</a>",
    );

    assert_eq!("see x", message.text);
    assert_eq!(vec![("http://one.example", LinkPlace::Own)], urls(&message));
}

/// What mail programs mark as quotation is quoted; an indented paragraph is not.
#[test]
fn html_quotations_are_told_apart() {
    let gmail = html(
        "<p>new</p><div class=\"gmail_quote\">On 2 March Bob wrote:<blockquote>old</blockquote></div><p>end",
    );
    let outlook = html("<p>new</p><div id=\"divRplyFwdMsg\">From: Bob</div><p>old</p>");
    let indented = html("<blockquote>only indented</blockquote>");

    assert_eq!(("new\nend", "On 2 March Bob wrote:\nold"), (&*gmail.text, &*gmail.quoted));
    assert_eq!(("new", "From: Bob\nold"), (&*outlook.text, &*outlook.quoted));
    assert_eq!("only indented", indented.text);
}

//------------ Links ----------------------------------------------------------

/// Every link says where it leads, what it shows and where it stands.
#[test]
fn links_are_described() {
    let message = html(
        "<a href=' HTTP://Evil.Example:80/a&amp;b\n c '> Your <b>Bank</b></a><img src=//img.example/x>\
         see https://text.example/y <div style=display:none><a href=ftp://h.example>x</a></div>\
         <a href=#top>up</a><a href='javascript:x'>no</a><a href='mailto:a@b.example'>mail</a>\
         <blockquote type=cite><a href=http://q.example>http://shown.example</a></blockquote>",
    );

    let links: Vec<_> = message
        .links
        .iter()
        .map(|link| (&*link.url, &*link.host, &*link.shown, link.place))
        .collect();
    assert_eq!(
        vec![
            ("HTTP://Evil.Example:80/a&bc", "evil.example", "Your Bank", LinkPlace::Own),
            ("//img.example/x", "img.example", "", LinkPlace::Resource),
            ("ftp://h.example", "h.example", "x", LinkPlace::Hidden),
            ("mailto:a@b.example", "", "mail", LinkPlace::Own),
            ("http://q.example", "q.example", "http://shown.example", LinkPlace::Quoted),
            ("https://text.example/y", "text.example", "", LinkPlace::Own),
        ],
        links
    );
}

/// A host in disguise is found out, and the fact is kept.
#[test]
fn disguised_links_are_odd() {
    for (url, host, odd) in [
        ("http://bank.example@192.0.2.7/", "192.0.2.7", true),
        ("http://a@b@evil.example/", "evil.example", true),
        ("http://0xC0000207/", "192.0.2.7", true),
        ("http:\\\\evil.example\\x", "evil.example", true),
        ("http://evil.example/", "evil.example", false),
        ("www.evil.example", "www.evil.example", false),
        ("http://192.0.2.7/", "192.0.2.7", false),
    ] {
        let message = html(&format!("<a href='{url}'>x</a>"));

        assert_eq!(host, message.links[0].host, "{url}");
        assert_eq!(odd, has(&message, Oddity::DisguisedLink), "{url}");
    }
}

/// An address has no registrable domain, and a bare suffix none either.
#[test]
fn registrable_domains_are_given() {
    let message = examine(b"\nhttp://a.b.example.co.uk/ http://192.0.2.7/ http://co.uk/ http://b\xc3\xbccher.example/");

    let domains: Vec<_> = message.links.iter().map(|link| link.domain.as_str()).collect();
    assert_eq!(vec!["example.co.uk", "", "", "xn--bcher-kva.example"], domains);
}
