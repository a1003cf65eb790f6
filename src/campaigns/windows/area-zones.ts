/**
 * Area codes that are not in the main zone of their country, by calling code and zone. Written after the file
 * resources/timezones/map_data.txt of google/libphonenumber (Apache 2.0), where a code with several zones has the one
 * of most of its exchanges, and brought up to date: Chihuahua left Mountain time in 2022, area codes 219, 270 and 364
 * are mostly in Central time, 423, 812 and 930 in Eastern, and 986 is all of Idaho.
 */
export const AREA_ZONES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '1': {
    'America/Winnipeg': '204 431 474 584',
    'America/Chicago':
      '205 210 214 217 218 219 224 225 228 235 251 254 256 262 270 274 281 308 309 312 314 316 318 319 320 325 327 331 ' +
      '334 337 346 353 361 364 402 405 409 414 417 430 432 447 464 469 479 501 504 507 512 515 531 534 539 557 563 572 ' +
      '573 580 601 605 608 612 615 618 620 629 630 636 641 651 659 660 662 682 689 701 708 712 713 715 726 730 731 737 ' +
      '763 769 773 779 785 806 815 816 817 830 832 847 870 872 901 903 913 918 920 931 936 938 940 945 952 956 972 975 ' +
      '979 985',
    'America/Los_Angeles':
      '206 209 213 253 279 310 323 341 350 360 369 408 415 424 425 442 458 503 509 510 530 541 559 562 564 619 626 628 ' +
      '650 657 661 669 702 707 714 725 738 747 760 775 805 818 820 831 840 858 909 916 925 949 951 971',
    'America/Denver': '208 303 307 385 406 435 505 575 719 720 748 801 915 970 983 986',
    'America/Phoenix': '480 520 602 623 928',
    'America/Anchorage': '907',
    'Pacific/Honolulu': '808',
    'America/Vancouver': '236 250 257 604 672 778',
    'America/Edmonton': '368 403 587 780 825 867',
    'America/Regina': '306 639',
    'America/Halifax': '428 506 782 902',
    'America/St_Johns': '709',
    'America/Puerto_Rico': '787 939',
    'America/Santo_Domingo': '809 829 849',
    'America/Jamaica': '658 876',
    'America/Port_of_Spain': '868',
    'America/Nassau': '242',
    'America/Barbados': '246',
    'America/Anguilla': '264',
    'America/Antigua': '268',
    'America/Tortola': '284',
    'America/St_Thomas': '340',
    'America/Cayman': '345',
    'Atlantic/Bermuda': '441',
    'America/Grenada': '473',
    'America/Grand_Turk': '649',
    'America/Montserrat': '664',
    'Pacific/Saipan': '670',
    'Pacific/Guam': '671',
    'Pacific/Pago_Pago': '684',
    'America/Lower_Princes': '721',
    'America/St_Lucia': '758',
    'America/Dominica': '767',
    'America/St_Vincent': '784',
    'America/St_Kitts': '869',
  },
  '52': {
    'America/Chihuahua': '614 625 627 628 629 635 636 639 648 652 659',
    'America/Ciudad_Juarez': '656',
    'America/Ojinaga': '626',
    'America/Hermosillo': '622 623 631 632 633 634 637 638 641 642 643 644 645 647 651 653 662',
    'America/Mazatlan':
      '311 319 323 324 325 327 389 612 613 615 624 667 668 669 672 673 687 694 695 696 697 698',
    'America/Tijuana': '616 646 658 661 664 665 686',
    'America/Matamoros': '867 877 878 894 899',
    'America/Cancun': '983 984 987 998',
  },
  '55': {
    'America/Manaus': '65 66 67 69 92 95 97',
    'America/Rio_Branco': '68',
  },
  // Kazakhstan has one time for all of it since 2024.
  '7': { 'Asia/Almaty': '6 7' },
};
