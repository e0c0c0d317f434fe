"""The commonest pairs of a letter beyond ASCII and the letter, or the space, beside it.

By language, the commonest pair first, counted in the words of LibreOffice's translations. A space
stands for the start and the end of a word.
"""

WESTERN = {
    "German": (
        "füähwäüränügößße ärüübläöslökö üönäcücräöfrönüörußün öwöätmöhäülhötäöhöcüpzäeßwüühäg"
        "aßnäß gäütßnüssäoßälüfhüäsfääßärlüeätüküeöögßtmääußzäiü  аßlbüpäа б ааgüüßfömüßißbiß"
        " бzüßsnöötßuäfабббömsüü_zödübééz"
    ),
    "French": (
        "séé éléeà  àérrédéné éèrtéécésmééfétpétèléégédiéépièémêtîtoîètvécémè êféuéhéèsrègéén"
        "évlècôébèmrççuècoùù aîtêrôôlônèlsèhèmêéaêmdèpèxééééiîn аéoéjjàé_ôtègа б аа_ééqbé бnê"
        "rêaçpêêcço èkéабббcèyé_àâcèqèvoï"
    ),
    "Spanish": (
        "óniópárámáágínañárnúñaátlíúmíaá ítríáliá áústíñotóásácán íeñéstááfsíódróérúncóímuéuí"
        "lóí píórbúó  úyúénméícñeiñcíúltégú ófóíoámú fívíétº ié ºmíís аnédímóígé íráxílváа б "
        "ааbésóaídéólcáóp бlérébánóíxífáp"
    ),
    "Portuguese": (
        "çããoaççõõeágráiçáré páeççonãnúívsãníúm àpçá rãà táiáálátítça íênmáínnç érêtítã ásíân"
        "ícpéérúdeútétócéáfélémméácóprénáímórúscçpítâódcó âsébé úídsóuíêssõésiúúlvélámíváétfó"
        "tõpóósó cíávédrââmlíírísã rídê а"
    ),
    "Italian": (
        "è à  ètàièiùù ràò uò аiàа б аа бsìì é héаббб àànbéézdééptèoèiòא  אdà αα  ββ  γγ  ייא"
        " תת אאתת ¾¾  ½½  ªª  áánàgsédòfènüü י  ככ "
    ),
    "Dutch": (
        "ééiëëróóén éënvóóreï аïneëа б аа бабббoïvéëfé ïsïdoöörbéézëxaïא ïmeéëluï אëiïe αα  β"
        "β  γγ  ייא תת אאתת ¾¾  ½½ náá ëmés øø ïtי  ככ eüüp"
    ),
    "Danish": (
        "å væpåæløjørænføærætsæhø ærætøønsåøg å øåbårlææsæksøråmånåådkærøhæmægæånhåædløjæødlå"
        "næåløbævmøølgåkøøvåeérnøtædøjøøsægæf аtåfå ébøа б ааåsgøfæénøt бåvtékéeægéабббpøågø "
        "dækåæ båæbåm_øpæétbéézåtséøkæcøm"
    ),
    "Swedish": (
        "örföänärväälå läpå äfäånråtä öäghösähäätåtålökhånäräövsöögvåöp åtåämådkääsmålögåjälå"
        "ösgäöjöndäåkbötöåesåödäkrömäårölmököävågädåsfådögödåäcäf аnåbäа ааб åv_ä б_öötäxbåаб"
        "_åäpббkåö béézä_eöä א ö_nöåbjööc"
    ),
    "Norwegian": (
        "å på åørøyføhøtørååråpøknåådmåærvålåsøønjørøåkån øvæhåsåålmøølåegåøvøsløødnøåvåtkå а"
        "fålæbøа б ааkøåsøttå бjæабббpøbååmeæfæøpågø bééznæåi ééndøא ømøeåf אøøåż αα  ββ  γγ "
        " ייא תת אאתת ¾¾ øfmædæ ½½ dåpéér"
    ),
    "Finnish": (
        "äää täsäärvääymäkäänläälnäjääiättöävämpäähräyöäsäkiääpötönö öseääjköööök älöhääeöpiö"
        "ölöääodäöröiöy аädа б ааömöj бyänöpöабббröäabééz_äöbšaא _ösööhöaöv š אöf αα  ββ  γγ "
        " ייא תת אאתת ¾¾  ½½ öoäuvööedžža"
    ),
    "Catalan": (
        "ó ióràçaàgínésaçlíuïpàïuàcàtmàà núméiààlèntààfç rèúmé pçí àr à íít éàmlçànúsrétóüegü"
        "eçímtétímíbésínçròpíès úmèè ònnèèruèjúríètísúluíú órfóòpïtçorófíò  èàxícmòüè аónsóíl"
        "càcòòdígvààsа б ааèmúnlèbà òqüxò"
    ),
    "Galician": (
        "ónióiññarááxpátá ánúá máábé úmuíátiáítínálágtííríbsíía ézóño íénsóñítóoññeánañó áráf"
        "ácpéríúsúaméódúnróáiímpítéésiúcólíúeeñórgúfónéérás úí ú mómísúdúámaíétídúlfílúgáíscí"
        "óspó аtúcáíoº  ºrélévídíígа б аа"
    ),
    "Irish": (
        "áiéaíoí éiú líínháánrétáaísáiúá ríeáábnítíráíltécáláhépéássíó máálói ánóé úsrúléúi ú"
        "lúún ípátúlónáár éótcóátnú óméónróúldánéórámdúféhúúccúhíádóddéédúdcéógmóhóíruídíbású"
        " аmígágúítfótóа б ааícsógóíbúrcí"
    ),
    "Welsh": (
        "ôl ôrââmâ  âpïáuiâtáâpïo аârа б ааwânôânrŵfôônâu бŵplâëemâабббhâŵrïaôriŵnërïêrbéézrô"
        "ëwrëpŵfêmôא lëïwŵegáaë אdŵŵ_ αα  ββ  γγ  ייא תת אאתת ¾¾  ½½ gêtââdsääipâcânïhŷŷnי  כ"
        "כ sêŵl"
    ),
    "Afrikaans": (
        "eëlêêeiëëlërënë ê hêeï аïnа б ааêr бnáá é oëiéeêабббïeëfoïoöörbéézïgééaïא ëiiê אtêwê"
        " éénëkvê αα  ββ  γγ  ייא תת אאתת ¾¾ mêdê ½½ ë_ óófëmápeїїnëeëvïsïtyéי  ככ ët"
    ),
    "Albanian": (
        "ë tëërëspënëënrëmëhëdëjëlëkëzësëëvëmëtbë ëëkëz çëp аç qëа б ааcëëlyçëdvë бëjçuçigëаб"
        "ббeçfëë_çançiççdçeëhçobéézëfçfhççkçl ¾¾  ½½ ç_rççy"
    ),
    "Icelandic": (
        "ð iðaððaá íðál áðu þrðlíínðisíráölí  íóðeðtöæðærtímá újáhæílöföðægútláfæþúðsþeréðrjö"
        "étósnúátísætártæyðlójóördáræér öáðýrbæögvíú ðjótuðúmpónýáklæoðæssætávö óröðgækvæbósé"
        "ðlúnáhróúrðbökænókóntóbúímlýföás"
    ),
}
ESTONIAN = {
    "Estonian": (
        "äräämäõivävõüllõ üüüäiäljäõpkütäätöösätüühkõähõnõrsõläpäüpümõõükõtsümõnääbkäör ätöhü"
        "õhtõäelüüspõäpäspöõunürü õänžiübõlõeežünnõrõõspü аämü ürötа б ааüdhõhänžägaäüv бõdjõ"
        "õjž õvабббõmügrööpökaüšüiüäveüoš"
    ),
}
BALTIC = {
    "Latvian": (
        "tāārrāātā ītētšavētīnālīāskāēlīmājērzīēšējmāādpāāllēībdīmētēzērēkšlābāīdākšāvāģēēsaš"
        "eššuoš ššisāīnījāšīšīgšīnīaļpējāiņšķūršēāmācļatūš dēļšķisēežūtiģrīnēšūņagšņķpīē ļuēm"
        "ēgāgžģūdkļļū īsīgāšsīkīvāzņēģiuš"
    ),
    "Lithuanian": (
        "ą ų  įašį ėsiščilėiųė žitą šnėšaškėtšt žžymėažįteštėšiįvdžmądėįrę sąš ėjkššmičtųnųžo"
        "šyūršoąrkąšąrėtįėkjąužkųrįščėlšunįbūšniąlįšržetūršačmųūžtęlęšėsųūtiūjųdąšežvšįvė čšų"
        "zėbėėžrągąnčnęžadįožlųržšvląšsžį"
    ),
}
CENTRAL = {
    "Polish": (
        "ć śćówę ośącłąą śleśórśctętółaięałaćróędępużżąłożyłóń yśjąożnąeżśwżedźź węeńsłjęgłyć"
        "ićąćęcżn śiął łuołądółłyzęząwłkóątełdłgó łkłońśrłnńcuńóżułmókęlęażwóż lą żłetłbęwąaś"
        "ńsętcąkążlnęódiśśnęzągsósąrłręęś"
    ),
    "Czech": (
        "í níé přčířeříáný nánéožrá čá výšíísněázítvářižížinýčářáěnvéužálátčeě žeů ádačětměké"
        "ířtímácíímdázááříkéh řlájíýcrčůž šzížktřvě úpítéámšeícvížnmíémrérýšttěížáskáárávvřdí"
        "očýššktáčučnořěrřaíhvšáhběmůínlí"
    ),
    "Slovak": (
        "ť é iťý néčínáožráá ný čí aťčivýži šísšíačľaázátú užštsťáleľľkvéžíôžmáženíéhtýámánsú"
        "pízážkýlnúríjúdákéýchľžnláváoččeávtíívšeác úrčrýuľýmmôárúbréíroľúťtáítvšíkúcčaúrčnši"
        "čuškkákýímzíýštĺuáĺplóeňúčógté ž"
    ),
    "Hungarian": (
        "áséstáálítzátéváátlázééró köő zö éárléövkésáélánmáölétzőrázíégábénlíséékör áámtínéáz"
        "üllööztönázóvétóéplőgéágeáírméíltősídéínkíívlóájcíímólév íióré úőltűóddáfázúúrníáhöt"
        "móé ávpárüpéróújédyéjáókgáösótéz"
    ),
    "Croatian": (
        "čiičšiišačuččkžačnočožćeštžežičeoščauć šeđečećržeš žđeažšk ććišeč ćnršđiežužašađšaođ"
        "nčć šnćažuoćčučj čžjđu аа б ааušš đaš_ić бpćšćžnćukȏȏdабббaćrčž_ž jčč_ižšubéézšlא  א"
        "člšcjšđ_ ייא תת אאתת ¾¾  ½½ čmćo"
    ),
    "Slovene": (
        "čeočžeči č žšt šščiščnšiožčaačičžnoščrečažžaškžiučlčjščknčšeežašč čjšazššnižušršužču"
        "ešrž_ššl аdčšrlžа б ааžl_čnž бžo_žšodžčoабббžbšjčlš_žjtčšuž š pčč_rčnščbbčא dš אž_kš"
        "bééz αα  ββ  γγ  ייא תת אאתת ¾¾ "
    ),
    "Romanian": (
        "ă ţi îîntăaţzăărcăşi şrăştţăeţnălăiţsăânmăăţnţpăeşişătcţgăcâpţdătâăsrâşaâmfăăubălţrţ"
        "ârvăţaălţeoşvârşfâîlaşuţşeîmşuăguă ţ аpâа б ааî_âtţ _î бămăiş_абббş mâăceîăşhâţuţoxă"
        "ăddâbţâisâlâbééztînşzââlşcşohă_ş"
    ),
}
TURKISH = {
    "Turkish": (
        "ı çiınnıiçıreçişğiçerısıtılıdığı çeğıkyıştşlgöıl öışiğünağşıaşığtüdüçırüüzş örönaçşi"
        "ü ümeşözzıüknüüryüızsücı şlüğeölısıcımşeüğmışakıülçauşüt üçüç ğloşüsböğuüçrçuğmüdöüş"
        "ösöşkögüüyğ ıtbüşufııyğmsöücküıç"
    ),
}
