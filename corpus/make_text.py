"""The text of the PDF and DOCX sources, which make.py writes.

A document is a sequence of (style, text) with the styles h1, h2, h3, p, li and row; neighbouring
rows make one table, and their cells are parted by " | ".
"""

from __future__ import annotations

Block = tuple[str, str]

COURT: tuple[Block, ...] = (
    ("h1", "How the International Criminal Court works"),
    (
        "p",
        "The International Criminal Court has its seat in The Hague in the Netherlands, but it may "
        "hold hearings in other places. It is a permanent court that rests on a treaty. It is not "
        "part of the United Nations, although the two work together.",
    ),
    ("h2", "Four organs"),
    ("p", "The court is made up of four organs, and each has work of its own."),
    ("row", "Organ | Task"),
    ("row", "Presidency | Runs the court as a whole, apart from the Office of the Prosecutor"),
    ("row", "Judicial Divisions | Decide the cases"),
    ("row", "Office of the Prosecutor | Examines, investigates and prosecutes"),
    ("row", "Registry | Gives administrative support"),
    ("h3", "The Presidency"),
    (
        "p",
        "Three judges form the Presidency: the President and two Vice-Presidents. Their fellow "
        "judges elect them, and they serve for three years.",
    ),
    ("h3", "The Judicial Divisions"),
    (
        "p",
        "Eighteen judges sit in three divisions, which are called Pre-Trial, Trial and Appeals. A "
        "judge is elected for nine years and cannot be elected again. The number of judges can be "
        "raised: the Presidency proposes it, and two thirds of the members of the Assembly of "
        "States Parties have to agree.",
    ),
    ("h3", "The Office of the Prosecutor"),
    (
        "p",
        "The prosecutor heads an office that receives referrals and other information about "
        "crimes, looks into them, and brings cases before the judges. How much freedom the "
        "prosecutor should have was one of the questions most argued over when the treaty was "
        "written, and some states feared too independent a prosecutor.",
    ),
    (
        "p",
        "Fatou Bensouda held the post for a term of nine years. Karim Khan, a British national, "
        "followed her in June 2021.",
    ),
    ("h3", "The Registry"),
    (
        "p",
        "The Registry deals with everything that is not a matter for judges. It protects witnesses "
        "and victims, and it helps defendants to find legal assistance. The registrar leads it "
        "under the authority of the President of the court.",
    ),
    (
        "p",
        "Two offices of counsel, one for victims and one for the defence, belong to the Registry "
        "for purposes of administration only. In their work they are independent.",
    ),
    ("h2", "Around the court"),
    ("h3", "The Assembly of States Parties"),
    (
        "p",
        "The member states meet in the Assembly of States Parties. It elects the judges and the "
        "prosecutor and approves the budget of the court. It has also adopted a code of conduct "
        "for lawyers who appear there.",
    ),
    ("h3", "The Trust Fund for Victims"),
    (
        "p",
        "The treaty created a separate Trust Fund for Victims. It carries out the reparations that "
        "the court orders and supports victims and their families.",
    ),
)

LIFEBOATS: tuple[Block, ...] = (
    ("h1", "Boats for half"),
    ("h2", "What the Titanic carried"),
    (
        "p",
        "The Titanic had 20 boats, all of them on the boat deck. Together they had room for 1,178 "
        "people, which was a little more than half of those on board.",
    ),
    ("row", "Kind of boat | Number | Room in each"),
    ("row", "Lifeboats | 14 | 65"),
    ("row", "Emergency boats | 2 | 40"),
    ("row", "Engelhardt collapsible boats | 4 | 47"),
    (
        "p",
        "The emergency boats hung outside the rail, ready for use. The collapsible boats A and B "
        "were stowed on the roof of the officers' quarters, and both seem to have floated off when "
        "the ship went down.",
    ),
    ("h2", "What the rules asked for"),
    (
        "p",
        "The rules of the Board of Trade dated from 1894. They counted boats by the tonnage of a "
        "ship and not by the people in her, and their table ended with ships of 10,000 tons and "
        "upwards. Every such ship needed 16 boats under davits with a capacity of at least 5,500 "
        "cubic feet. By one reckoning the law asked the Titanic to carry boats for only 962 "
        "people. She therefore had more boats than she was required to have.",
    ),
    ("h3", "A plan that was given up"),
    (
        "p",
        "Alexander Carlisle, a manager of the shipyard, had his doubts. According to one history "
        "of the ship, his first plan had 64 boats; it was cut to 40, then to 32 and finally to 16, "
        "and four collapsible boats were added. The same history says that the owners and builders "
        "gave the question of boats no more than ten minutes.",
    ),
    ("h3", "The case for few boats"),
    (
        "p",
        "Not everybody thought that more boats were the answer. A month after the disaster Admiral "
        "Lord Charles Beresford told the House of Commons that on no more than one day in twelve, "
        "all the year round, could a boat be lowered at all. Archibald Campbell Holms wrote in "
        "1918 that the small number of boats had been no oversight but a deliberate policy: a ship "
        "divided well enough into compartments would stay afloat.",
    ),
    ("h2", "How the boats were filled"),
    (
        "p",
        "The British court found that at least eight boats had left without their full load. It "
        "named several reasons. Many people did not see the danger and did not care to leave the "
        "ship. Some boats were lowered in the belief that they would take on more people at the "
        "gangway doors.",
    ),
    (
        "p",
        "How many people sat in each boat cannot be said exactly, the court added, because the "
        "numbers given by witnesses do not fit the number taken aboard the Carpathia.",
    ),
    ("h2", "What came of it"),
    (
        "p",
        "The loss of the ship led to the first conference on the safety of life at sea. Thirteen "
        "countries sent delegates, and a convention was adopted in London in 1914. Later versions "
        "followed in 1929, 1948, 1960 and 1974. The convention of 1914 had chapters on navigation, "
        "construction, radio, life-saving appliances and fire protection.",
    ),
)

WARRANTS: tuple[Block, ...] = (
    ("h1", "The warrants of November 2024"),
    ("h2", "Three names"),
    (
        "p",
        "On 21 November 2024 Pre-Trial Chamber I of the International Criminal Court made public "
        "that it had issued three warrants of arrest. They concern Benjamin Netanyahu, the Prime "
        "Minister of Israel, Yoav Gallant, who had been his minister of defence, and Mohammed "
        "Deif, the commander of the military wing of Hamas.",
    ),
    (
        "p",
        "The warrants themselves are secret. The judges said that this protects witnesses and the "
        "investigation. They spoke of them in public because similar conduct seemed to be going "
        "on, and because victims and their families should know.",
    ),
    ("h2", "What is alleged"),
    ("h3", "The Israeli leaders"),
    (
        "p",
        "The warrants for the two Israelis cover crimes against humanity and war crimes committed "
        "from at least 8 October 2023 until at least 20 May 2024. One charge is starvation as a "
        "method of warfare. Israeli officials called the charges false and antisemitic.",
    ),
    ("h3", "The leader of Hamas"),
    (
        "p",
        "The warrant for Mr Deif covers alleged crimes in Israel and in Palestine from at least 7 "
        "October 2023, among them murder, extermination, torture, rape and the taking of hostages.",
    ),
    ("h2", "How it came to the warrants"),
    ("h3", "The request"),
    (
        "p",
        "Prosecutor Karim Khan had asked for the warrants in May 2024. The court's own statement "
        "gives 20 May as the day of the request. A study by an institute in Doha gives 22 May.",
    ),
    (
        "p",
        "He had also asked for warrants against two more leaders of Hamas, Ismail Haniyeh and "
        "Yahya Sinwar. Both were killed before the judges decided. The chamber let the prosecutor "
        "withdraw the request for Mr Haniyeh on 9 August 2024 and the one for Mr Sinwar on 25 "
        "October 2024.",
    ),
    ("h3", "Israel's objections"),
    (
        "p",
        "Israel had challenged the court on two grounds, under articles 18 and 19 of the Rome "
        "Statute. The chamber rejected both without dissent. Israel's consent was not needed, the "
        "judges said, because the court can act on the basis of the territory of Palestine. A "
        "challenge by a state before any warrant had been issued came too early. And when Israel "
        "was told of the investigation in 2021, it had chosen not to ask for a deferral.",
    ),
    ("h2", "What the warrants mean"),
    (
        "p",
        "News reports of that day said that the court's 124 member states were now bound to arrest "
        "the men on their soil. Israel and the United States are not among the members. Mr Gallant "
        "was no longer in office: the Prime Minister had dismissed him on 5 November 2024.",
    ),
    ("h3", "Reactions"),
    (
        "p",
        'Israeli politicians condemned the step. Benny Gantz called it "moral blindness". '
        "Mustafa Barghouti of the Palestinian National Initiative praised the court and asked the "
        "International Court of Justice to decide soon on the charge of genocide against Israel.",
    ),
    ("h2", "The case that ended"),
    (
        "p",
        "Israel had said in August 2024 that Mr Deif was dead, killed by an air strike in southern "
        "Gaza on 13 July. On 15 November 2024 the prosecutor could still not tell the judges "
        "whether he was alive, and so the warrant was issued. Hamas confirmed his death at the end "
        "of January 2025.",
    ),
    (
        "p",
        "On 26 February 2025 the chamber closed the case against him, since the court has no "
        "jurisdiction over the dead. Judge Nicolas Guillou wrote that it could be taken up again "
        "if Mr Deif turned out to be alive. The warrants against the two Israelis stayed in force.",
    ),
)

COUNTING: tuple[Block, ...] = (
    ("h1", "Counting the dead of the Titanic"),
    (
        "p",
        "Nobody can say just how many lives the Titanic cost. The two official inquiries of "
        "1912 gave different numbers, and most researchers now concede that the exact one will "
        "never be known.",
    ),
    ("h2", "The official numbers"),
    (
        "p",
        "The committee of the American Senate put the loss at 1,517 lives. The British court put "
        "it at 1,490. At the opening of the British hearings the Attorney-General had reckoned "
        "with 1,503.",
    ),
    ("row", "Who counted | On board | Saved"),
    ("row", "Senate committee | 2,223 | 706"),
    ("row", "British court, final report | 2,201 | 711"),
    ("row", "Attorney-General, opening speech | 2,206 | 703"),
    ("row", "Customs officer at Queenstown | 2,208 | not counted"),
    ("row", "Captain of the Carpathia | not counted | 705"),
    ("row", "A study made from papers of 1912 | 2,207 | 712"),
    ("h2", "Why the numbers of the living differ"),
    (
        "p",
        "It might seem easy to count survivors, for a single ship brought all of them to New York. "
        "Yet Captain Rostron of the Carpathia reported 705 souls, while the British report says "
        "that he took 712 persons from the boats. It adds that one of them died shortly "
        "afterwards, which leaves 711.",
    ),
    (
        "p",
        "The first news had been better. Messages sent by wireless spoke of 868 survivors; by 18 "
        "April newspapers wrote that there might be no more than 705. The White Star Line itself "
        "began with 803 and came down to 757 on 9 May 1912.",
    ),
    ("h2", "Why the numbers on board differ"),
    ("h3", "Faults in the lists"),
    (
        "p",
        "The lists of passengers and crew were full of faults. Names were misspelled or left out. "
        "Some people travelled under a false name. Musicians and others who worked on board under "
        "contract were counted neither as passengers nor as crew.",
    ),
    ("h3", "Hard cases"),
    ("li", "The eight members of the band were listed as passengers in second class."),
    ("li", "The five postal clerks are missing from the American list."),
    ("li", "A stoker named John Coffey left the ship at Queenstown, hidden under mail bags."),
    (
        "li",
        "Eight Chinese sailors travelled in third class to join ships of their own in New York.",
    ),
    (
        "li",
        "Eight men from the builders, apart from the designer Thomas Andrews, went along to see to "
        "repairs. They were booked in second class, and none of them lived.",
    ),
    ("h2", "Men, women and children"),
    (
        "p",
        "In the count that the Attorney-General gave, 315 of 1,662 men were saved, 336 of 439 "
        "women and 52 of 105 children. That is 19 in a hundred for the men and 77 in a hundred for "
        "the women.",
    ),
    (
        "p",
        "The British report finds that every child in second class was saved. Of the women in "
        "third class 76 of 165 lived, and of the men in second class only 14 of 168.",
    ),
    ("h2", "How long did the British court sit?"),
    (
        "p",
        "Even this is told in two ways. One widely copied account speaks of 42 days of official "
        "investigation. The dates in the report itself come to 36.",
    ),
    ("h2", "A note on reading such figures"),
    (
        "p",
        "A figure for the dead is nearly always the result of a subtraction: people on board, less "
        "people saved. Each of the two can be wrong. When a source gives a single number with no "
        "range and no origin, the careful reader asks which list it came from.",
    ),
)
