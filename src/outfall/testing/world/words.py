"""
Short word lists in six languages and three scripts beside Latin, and texts put together from them.

Main types: `Language`.  The texts mean nothing; they only have the lengths, the letters and the
recurrence of real ones.  Not here: anything copied from anywhere.
"""

# ruff: noqa: RUF001 - letters of other scripts are what this file is about
from __future__ import annotations

import random
from dataclasses import dataclass

__all__ = ["LANGUAGES", "Language", "paragraph", "sentence", "token"]


@dataclass(frozen=True, slots=True)
class Language:
    """A language's words and the phrases that letters begin and end with."""

    name: str
    words: tuple[str, ...]
    hello: tuple[str, ...]
    bye: tuple[str, ...]
    space: str = " "
    stop: str = "."


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ENGLISH = Language(
    "en",
    _words(
        """
        meeting harbour kitchen report window garden invoice bridge morning teacher train
        paper river summer ticket copy school engine corner market bottle doctor letter
        parcel street winter colour number evening copper basket ladder budget carpet pencil
        island the a and we you please maybe will can send bring take finish open close move
        ask answer look again soon late early later small large blue green old new good
        other first second last quiet careful about with from into over under before after
        because while if then also still only never often
        """
    ),
    ("Hello", "Hi", "Dear", "Good morning"),
    ("Regards", "Best wishes", "Cheers", "Thanks"),
)
GERMAN = Language(
    "de",
    _words(
        """
        Termin Hafen Küche Bericht Fenster Garten Rechnung Brücke Morgen Lehrer Bahn Papier
        Fluss Sommer Karte Kopie Schule Motor Ecke Markt Flasche Arzt Brief Paket Straße
        Winter Farbe Nummer Abend Kupfer Korb Leiter Haushalt Teppich Bleistift Insel der
        die das und wir ihr bitte vielleicht wird kann schicken bringen nehmen öffnen
        schließen fragen antworten wieder bald spät früh klein groß blau grün alt neu gut
        anders zuerst zuletzt ruhig über unter vor nach weil während wenn dann auch noch nur
        nie oft mit von für gegen
        """
    ),
    ("Hallo", "Guten Morgen", "Lieber", "Guten Tag"),
    ("Viele Grüße", "Bis bald", "Danke", "Mit freundlichen Grüßen"),
)
SPANISH = Language(
    "es",
    _words(
        """
        reunión puerto cocina informe ventana jardín factura puente mañana maestra tren
        papel río verano billete copia escuela motor esquina mercado botella médico carta
        paquete calle invierno color número tarde cobre cesta escalera cuenta alfombra lápiz
        isla el la y nosotros ustedes quizá puede enviar traer tomar terminar abrir cerrar
        mover pedir responder mirar otra vez pronto pequeño grande azul verde viejo nuevo
        bueno primero segundo último tranquilo sobre con desde bajo antes después porque
        mientras entonces también todavía solo nunca
        """
    ),
    ("Hola", "Buenos días", "Estimada", "Querido"),
    ("Saludos", "Un abrazo", "Gracias", "Hasta pronto"),
)
RUSSIAN = Language(
    "ru",
    _words(
        """
        встреча гавань кухня отчёт окно сад счёт мост утро учитель поезд бумага река лето
        билет копия школа мотор угол рынок бутылка врач письмо посылка улица зима цвет номер
        вечер медь корзина лестница ковёр карандаш остров мы вы пожалуйста может будет
        прислать принести взять открыть закрыть спросить ответить снова скоро поздно рано
        маленький большой синий зелёный старый новый хороший другой первый второй последний
        тихий о с из под перед после потому пока если тогда тоже ещё только никогда часто
        """
    ),
    ("Здравствуйте", "Привет", "Добрый день"),
    ("С уважением", "До встречи", "Спасибо"),
)
GREEK = Language(
    "el",
    _words(
        """
        συνάντηση λιμάνι κουζίνα αναφορά παράθυρο κήπος τιμολόγιο γέφυρα πρωί δάσκαλος τρένο
        χαρτί ποτάμι καλοκαίρι εισιτήριο αντίγραφο σχολείο μηχανή γωνία αγορά μπουκάλι
        γιατρός γράμμα δέμα δρόμος χειμώνας χρώμα αριθμός βράδυ χαλκός καλάθι σκάλα χαλί
        μολύβι νησί και εμείς εσείς ίσως θα μπορεί στείλε φέρε πάρε άνοιξε κλείσε ρώτα πάλι
        σύντομα αργά νωρίς μικρό μεγάλο μπλε πράσινο παλιό νέο καλό άλλο πρώτο τελευταίο
        ήσυχο πάνω κάτω πριν μετά γιατί όταν τότε επίσης
        """
    ),
    ("Γεια σας", "Καλημέρα", "Αγαπητή"),
    ("Ευχαριστώ", "Με εκτίμηση", "Τα λέμε"),
)
CHINESE = Language(
    "zh",
    _words(
        """
        会议 港口 厨房 报告 窗户 花园 发票 桥梁 早上 老师 火车 纸张 河流 夏天
        车票 副本 学校 发动机 角落 市场 瓶子 医生 信件 包裹 街道 冬天 颜色 号码
        晚上 篮子 梯子 预算 地毯 铅笔 岛屿 我们 你们 也许 可以 发送 带来 完成
        打开 关闭 询问 回答 再次 很快 小的 大的 蓝色 绿色 旧的 新的 第一 最后
        安静 关于 之前 之后 因为 如果 那么 也是 仍然 只有 从不 经常
        """
    ),
    ("您好", "你好", "早上好"),
    ("谢谢", "此致敬礼", "再见"),
    space="",
    stop="。",
)

# How common each is at this provider.
LANGUAGES = {ENGLISH: 8, GERMAN: 5, SPANISH: 3, RUSSIAN: 2, GREEK: 1, CHINESE: 1}


def sentence(rng: random.Random, language: Language, shortest: int = 5, longest: int = 14) -> str:
    """Return one sentence."""
    words = rng.choices(language.words, k=rng.randint(shortest, longest))
    text = language.space.join(words)
    return text[:1].upper() + text[1:] + language.stop


def paragraph(rng: random.Random, language: Language, sentences: int = 3) -> str:
    """Return some sentences on one line."""
    return (language.space or "").join(sentence(rng, language) for _ in range(sentences))


def token(rng: random.Random, length: int) -> str:
    """Return lower-case letters and digits that mean nothing."""
    return "".join(rng.choices("abcdefghijkmnpqrstuvwxyz23456789", k=length))
