//! Phrases of every script: the same in whatever character set they come, and many of them left when
//! some of the text is changed.

use outfall_message::examine;
use outfall_patterns::{Hasher, Pattern, Patterns, extract};

fn patterns(charset: &str, body: &[u8]) -> Patterns {
    let head = format!("Content-Type: text/plain; charset={charset}\r\n\r\n");
    extract(&examine(&[head.as_bytes(), body].concat()), &Hasher::new([3; 16]))
}

fn phrases(text: &str) -> Vec<Pattern> {
    patterns("utf-8", text.as_bytes()).shingles.iter().collect()
}

/// A text in the character set of its country has the patterns of its copy in UTF-8.
#[test]
fn character_sets_do_not_matter() {
    let cases: [(&str, &str, &[u8]); 7] = [
            ("koi8-r", "Мы рады предложить вам выгодный кредит под два процента годовых без лишних вопросов", b"\xed\xd9 \xd2\xc1\xc4\xd9 \xd0\xd2\xc5\xc4\xcc\xcf\xd6\xc9\xd4\xd8 \xd7\xc1\xcd \xd7\xd9\xc7\xcf\xc4\xce\xd9\xca \xcb\xd2\xc5\xc4\xc9\xd4 \xd0\xcf\xc4 \xc4\xd7\xc1 \xd0\xd2\xcf\xc3\xc5\xce\xd4\xc1 \xc7\xcf\xc4\xcf\xd7\xd9\xc8 \xc2\xc5\xda \xcc\xc9\xdb\xce\xc9\xc8 \xd7\xcf\xd0\xd2\xcf\xd3\xcf\xd7"),
            ("windows-1251", "Мы рады предложить вам выгодный кредит под два процента годовых без лишних вопросов", b"\xcc\xfb \xf0\xe0\xe4\xfb \xef\xf0\xe5\xe4\xeb\xee\xe6\xe8\xf2\xfc \xe2\xe0\xec \xe2\xfb\xe3\xee\xe4\xed\xfb\xe9 \xea\xf0\xe5\xe4\xe8\xf2 \xef\xee\xe4 \xe4\xe2\xe0 \xef\xf0\xee\xf6\xe5\xed\xf2\xe0 \xe3\xee\xe4\xee\xe2\xfb\xf5 \xe1\xe5\xe7 \xeb\xe8\xf8\xed\xe8\xf5 \xe2\xee\xef\xf0\xee\xf1\xee\xe2"),
            ("gb2312", "我们很高兴为您提供百分之二的贷款没有任何问题请写信给我们的客服", b"\xce\xd2\xc3\xc7\xba\xdc\xb8\xdf\xd0\xcb\xce\xaa\xc4\xfa\xcc\xe1\xb9\xa9\xb0\xd9\xb7\xd6\xd6\xae\xb6\xfe\xb5\xc4\xb4\xfb\xbf\xee\xc3\xbb\xd3\xd0\xc8\xce\xba\xce\xce\xca\xcc\xe2\xc7\xeb\xd0\xb4\xd0\xc5\xb8\xf8\xce\xd2\xc3\xc7\xb5\xc4\xbf\xcd\xb7\xfe"),
            ("iso-2022-jp", "お客様の口座に異常な取引が見つかりましたので確認をお願いします", b"\x1b$B$*5RMM$N8}:B$K0[>o$J<h0z$,8+$D$+$j$^$7$?$N$G3NG'$r$*4j$$$7$^$9\x1b(B"),
            ("shift_jis", "お客様の口座に異常な取引が見つかりましたので確認をお願いします", b"\x82\xa8\x8bq\x97l\x82\xcc\x8c\xfb\x8d\xc0\x82\xc9\x88\xd9\x8f\xed\x82\xc8\x8e\xe6\x88\xf8\x82\xaa\x8c\xa9\x82\xc2\x82\xa9\x82\xe8\x82\xdc\x82\xb5\x82\xbd\x82\xcc\x82\xc5\x8am\x94F\x82\xf0\x82\xa8\x8a\xe8\x82\xa2\x82\xb5\x82\xdc\x82\xb7"),
            ("big5", "我們很高興為您提供百分之二的貸款沒有任何問題請寫信給我們", b"\xa7\xda\xad\xcc\xab\xdc\xb0\xaa\xbf\xb3\xac\xb0\xb1z\xb4\xa3\xa8\xd1\xa6\xca\xa4\xc0\xa4\xa7\xa4G\xaa\xba\xb6U\xb4\xda\xa8S\xa6\xb3\xa5\xf4\xa6\xf3\xb0\xdd\xc3D\xbd\xd0\xbcg\xabH\xb5\xb9\xa7\xda\xad\xcc"),
            ("euc-kr", "지금 저희 은행에서 낮은 이자로 돈을 빌려 드립니다 바로 연락 주세요", b"\xc1\xf6\xb1\xdd \xc0\xfa\xc8\xf1 \xc0\xba\xc7\xe0\xbf\xa1\xbc\xad \xb3\xb7\xc0\xba \xc0\xcc\xc0\xda\xb7\xce \xb5\xb7\xc0\xbb \xba\xf4\xb7\xc1 \xb5\xe5\xb8\xb3\xb4\xcf\xb4\xd9 \xb9\xd9\xb7\xce \xbf\xac\xb6\xf4 \xc1\xd6\xbc\xbc\xbf\xe4"),
    ];
    for (charset, text, bytes) in cases {
        let want = patterns("utf-8", text.as_bytes());

        assert!(want.shingles.iter().count() > 5 && !want.values.is_empty(), "{charset}");
        assert_eq!(want, patterns(charset, bytes), "{charset}");
    }
}

/// A long text of each sort, so that enough is left to change.
const TEXTS: [(&str, &str); 9] = [
    (
        "Chinese",
        "我们很高兴为您提供百分之二的贷款没有任何问题请写信给我们的客服人员他们会在一天之内回答您的所有问题并且告诉您需要准备哪些文件才能尽快得到这笔钱欢迎随时联系",
    ),
    (
        "Japanese",
        "お客様の口座に異常な取引が見つかりましたので確認をお願いします以下の手順に従って本日中に手続きを完了してください期限を過ぎますと口座の利用が停止されますのでご注意ください",
    ),
    (
        "Thai",
        "เรายินดีให้คุณกู้เงินดอกเบี้ยต่ำเพียงร้อยละสองต่อปีโดยไม่ต้องมีหลักประกันกรุณาเขียนถึงเราวันนี้เพื่อรับเงินทันทีภายในหนึ่งวัน",
    ),
    (
        "Korean",
        "지금 저희 은행에서 낮은 이자로 돈을 빌려 드립니다 서류는 필요 없으며 하루 안에 통장으로 입금해 드리니 바로 연락 주세요 오늘 신청하시면 첫 달 이자는 받지 않습니다",
    ),
    (
        "Arabic",
        "يسعدنا أن نقدم لكم قرضا بفائدة منخفضة دون أي أسئلة اكتبوا إلينا اليوم لتحصلوا على المال خلال يوم واحد فقط ولا حاجة إلى أي ضمانات أو أوراق من البنك",
    ),
    (
        "Hebrew",
        "אנו שמחים להציע לכם הלוואה בריבית נמוכה ללא שאלות מיותרות כתבו לנו היום וקבלו את הכסף בתוך יום אחד בלבד ללא ערבים וללא מסמכים מן הבנק",
    ),
    (
        "Hindi",
        "हमें आपको कम ब्याज पर ऋण देते हुए खुशी हो रही है कोई सवाल नहीं पूछा जाएगा आज ही हमें लिखें और एक दिन में पैसा अपने खाते में पाएं कोई कागज़ नहीं चाहिए",
    ),
    (
        "Russian",
        "Мы рады предложить вам выгодный кредит под два процента годовых без лишних вопросов напишите нам сегодня и получите деньги на счёт уже завтра утром без справок и поручителей",
    ),
    (
        "Greek",
        "Είμαστε στην ευχάριστη θέση να σας προσφέρουμε δάνειο με χαμηλό επιτόκιο χωρίς περιττές ερωτήσεις γράψτε μας σήμερα και πάρτε τα χρήματα αύριο το πρωί",
    ),
];

/// With every twentieth letter another, a fifth of the phrases are still there, in every script: two
/// that agree are enough to count.
#[test]
fn phrases_survive_changes() {
    for (script, text) in TEXTS {
        let letters: Vec<char> = text.chars().collect();
        let changed: String = (0..letters.len())
            .map(|at| {
                let swap = at % 20 == 10 && letters[at] != ' ';
                if swap { letters[(at * 7 + 1) % 9] } else { letters[at] }
            })
            .collect();
        let (before, after) = (phrases(text), phrases(&changed));
        let kept = before.iter().filter(|phrase| after.contains(phrase)).count();

        assert!(before.len() >= 10, "{script}: {}", before.len());
        assert!(kept >= 4 && kept * 5 >= before.len(), "{script}: {kept} of {}", before.len());
    }
}

/// Another text of the same script shares no phrase with it.
#[test]
fn other_texts_share_nothing() {
    for (script, text) in TEXTS {
        let reversed: String = text.chars().rev().collect();
        let (one, other) = (phrases(text), phrases(&reversed));

        assert!(one.iter().all(|phrase| !other.contains(phrase)), "{script}");
    }
}

/// A direction override, a wall of invisible characters and a word without end cost no more words than
/// there are, and change none.
#[test]
fn hostile_text_is_bounded() {
    let want = phrases("we are glad to offer you a loan at two percent without any questions");
    let hidden = "\u{202e}\u{200b}\u{feff}".repeat(20_000);
    let body = format!(
        "we are {hidden}glad to of{hidden}fer you a loan at two percent without any questions"
    );

    assert_eq!(want, phrases(&body));
    let words = |text: &str| patterns("utf-8", text.as_bytes()).words;
    assert_eq!(0, words(&"aé1".repeat(100_000)));
    assert_eq!(0, words(&"e\u{301}".repeat(100_000)));
    assert_eq!(20_000, words(&"ﷺ ".repeat(100_000)));
    assert_eq!(20_000, words(&"x ".repeat(100_000)));
}
